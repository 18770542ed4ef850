-- The Postgres transport. Run by an administrator of the database, again after every update.
--
-- Services reach it through the functions only. They run with the owner's rights, so each one looks at session_user,
-- which a function's owner doesn't change: role bmadflow_<service> publishes and receives as <service> and nothing else.

CREATE SCHEMA IF NOT EXISTS bus;

CREATE TABLE IF NOT EXISTS bus.subscription (
    service text NOT NULL,
    pattern text NOT NULL,
    PRIMARY KEY (service, pattern)
);

-- Kept for a while after delivery: a service that subscribes for the first time gets what came before it.
CREATE TABLE IF NOT EXISTS bus.event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id uuid NOT NULL UNIQUE,
    type text NOT NULL,
    body text NOT NULL,
    published_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS ix_event_published_at ON bus.event (published_at);

CREATE TABLE IF NOT EXISTS bus.delivery (
    service text NOT NULL,
    event bigint NOT NULL REFERENCES bus.event (id),
    PRIMARY KEY (service, event)
) WITH (autovacuum_vacuum_scale_factor = 0.01);
CREATE INDEX IF NOT EXISTS ix_delivery_event ON bus.delivery (event);

CREATE TABLE IF NOT EXISTS bus.dead (
    service text NOT NULL,
    event_id uuid NOT NULL,
    type text NOT NULL,
    body text NOT NULL,
    error text NOT NULL,
    died_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (service, event_id)
);

CREATE OR REPLACE FUNCTION bus.require_service(service text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF session_user IS DISTINCT FROM 'bmadflow_' || service THEN
        RAISE EXCEPTION 'role % is not service %', session_user, service USING ERRCODE = 'insufficient_privilege';
    END IF;
END $$;

CREATE OR REPLACE FUNCTION bus.matches(type text, pattern text) RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS $$
    SELECT type ~ ('^' || replace(replace(replace(pattern, '.', '\.'), '*', '[^.]+'), '#', '.*') || '$')
$$;

CREATE OR REPLACE FUNCTION bus.publish(event_ids uuid[], types text[], bodies text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    receiver text;
BEGIN
    PERFORM bus.require_service(split_part(t, '.', 1)) FROM unnest(types) AS t;
    -- Subscribing takes the same lock alone, so an event is either seen by the hand-over or delivered here.
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('bmadflow.bus.subscription', 0));
    FOR receiver IN
        WITH added AS (
            INSERT INTO bus.event (event_id, type, body)
            SELECT e.event_id, e.type, e.body
            FROM unnest(event_ids, types, bodies) WITH ORDINALITY AS e (event_id, type, body, place) ORDER BY e.place
            ON CONFLICT DO NOTHING
            RETURNING id, event.type
        ), delivered AS (
            INSERT INTO bus.delivery (service, event)
            SELECT DISTINCT s.service, a.id FROM added a JOIN bus.subscription s ON bus.matches(a.type, s.pattern)
            RETURNING delivery.service
        )
        SELECT DISTINCT d.service FROM delivered d
    LOOP
        PERFORM pg_notify('bus_' || receiver, '');
    END LOOP;
END $$;

-- Makes `patterns` the whole subscription of the service and hands over what was published before.
CREATE OR REPLACE FUNCTION bus.subscribe(service text, patterns text[], retention_days integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    added text[];
BEGIN
    PERFORM bus.require_service(service);
    IF EXISTS (SELECT FROM unnest(patterns) AS p WHERE p IS NULL OR p !~ '^[a-z0-9_.*#]+$') THEN
        RAISE EXCEPTION 'malformed pattern in %', patterns USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('bmadflow.bus.subscription', 0));
    -- First of all: an inbox forgets what it handled after the same time, so nothing older may be handed over.
    DELETE FROM bus.event e
    WHERE e.published_at < now() - make_interval(days => retention_days)
      AND NOT EXISTS (SELECT FROM bus.delivery d WHERE d.event = e.id);
    DELETE FROM bus.subscription s WHERE s.service = subscribe.service AND s.pattern <> ALL (patterns);
    WITH new AS (
        INSERT INTO bus.subscription (service, pattern) SELECT subscribe.service, p FROM unnest(patterns) AS p
        ON CONFLICT DO NOTHING RETURNING pattern
    )
    SELECT array_agg(pattern) INTO added FROM new;
    INSERT INTO bus.delivery (service, event)
    SELECT subscribe.service, e.id FROM bus.event e
    WHERE EXISTS (SELECT FROM unnest(added) AS p WHERE bus.matches(e.type, p))
      AND e.published_at >= now() - make_interval(days => retention_days)
    ON CONFLICT DO NOTHING;
END $$;

-- The next events in order. The transaction holds the service's receiving lock: one receiver at a time keeps the order,
-- and one that dies leaves all it hadn't acknowledged to the next.
CREATE OR REPLACE FUNCTION bus.receive(service text, batch integer)
RETURNS TABLE (id bigint, body text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    PERFORM bus.require_service(service);
    IF NOT pg_try_advisory_xact_lock(hashtextextended('bmadflow.bus.receiver.' || service, 0)) THEN
        RETURN;
    END IF;
    RETURN QUERY
    SELECT e.id, e.body FROM bus.delivery d JOIN bus.event e ON e.id = d.event
    WHERE d.service = receive.service ORDER BY d.event LIMIT batch;
END $$;

CREATE OR REPLACE FUNCTION bus.acknowledge(service text, ids bigint[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    PERFORM bus.require_service(service);
    DELETE FROM bus.delivery d WHERE d.service = acknowledge.service AND d.event = ANY (ids);
END $$;

-- For what can't be stored because it is no event.
CREATE OR REPLACE FUNCTION bus.reject(service text, id bigint, error text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    PERFORM bus.require_service(service);
    INSERT INTO bus.dead (service, event_id, type, body, error)
    SELECT reject.service, e.event_id, e.type, e.body, reject.error
    FROM bus.delivery d JOIN bus.event e ON e.id = d.event WHERE d.service = reject.service AND d.event = reject.id
    ON CONFLICT DO NOTHING;
    DELETE FROM bus.delivery d WHERE d.service = reject.service AND d.event = reject.id;
END $$;

REVOKE ALL ON ALL TABLES IN SCHEMA bus FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA bus FROM PUBLIC;
GRANT USAGE ON SCHEMA bus TO PUBLIC;
-- Everybody may call, session_user decides. matches and require_service are for the functions' owner.
GRANT EXECUTE ON FUNCTION
    bus.publish(uuid[], text[], text[]), bus.subscribe(text, text[], integer), bus.receive(text, integer),
    bus.acknowledge(text, bigint[]), bus.reject(text, bigint, text) TO PUBLIC;
