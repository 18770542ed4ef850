"""`python -m gateway`: binds the address that the settings were checked for."""

import uvicorn

from gateway.app import create_app, load_settings


def main() -> None:
    """Serve until told to stop."""
    settings = load_settings()
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        http="httptools",
        ws="none",
        log_config=None,
        access_log=False,
        # Whoever connects says nothing about others: rate limits count the address that really connected.
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=3,
        # Longer than a client keeps an idle connection: else it would send into one that is just being closed.
        timeout_keep_alive=75,
    )


if __name__ == "__main__":
    main()
