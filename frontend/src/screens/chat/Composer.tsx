import { ArrowUp, Square } from "lucide-react";
import { type KeyboardEvent, type RefObject, useId } from "react";
import { useTranslations } from "use-intl";
import { useDraft } from "@/screens/chat/drafts";
import { Button } from "@/ui/Button";

const MAX_LENGTH = 8_000;
const COUNTED_FROM = 7_000;

interface ComposerProps {
  projectId: number;
  conversationId: number | null;
  field: RefObject<HTMLTextAreaElement | null>;
  /** An answer is being written: one can type, but not ask. */
  isBusy: boolean;
  lastQuestion: string | undefined;
  onAsk: (question: string) => void;
  onStop: () => void;
}

/** Where a question is written. */
export function Composer(props: ComposerProps) {
  const { isBusy, onAsk, onStop } = props;
  const t = useTranslations("chat");
  const id = useId();
  const [draft, setDraft] = useDraft(props.projectId, props.conversationId);
  const question = draft.trim();
  const canAsk = question !== "" && question.length <= MAX_LENGTH && !isBusy;
  const ask = () => canAsk && onAsk(question);
  const press = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.nativeEvent.isComposing) return;
    const wanted = actionOf(event, { ask, stop: isBusy ? onStop : null, recall });
    if (!wanted) return;
    event.preventDefault();
    wanted();
  };
  const recall = draft === "" && props.lastQuestion ? () => setDraft(props.lastQuestion ?? "") : null;
  return (
    <form
      className="mx-auto w-full max-w-3xl px-4 pb-3"
      onSubmit={(event) => {
        event.preventDefault();
        ask();
      }}
    >
      <label htmlFor={id} className="sr-only">
        {t("yourQuestion")}
      </label>
      <div className="flex items-end gap-2 rounded-lg border border-control-line bg-canvas p-1.5 focus-within:border-accent focus-within:ring-1 focus-within:ring-accent">
        <textarea
          id={id}
          ref={props.field}
          rows={1}
          value={draft}
          placeholder={t("placeholder")}
          aria-describedby={`${id}-hint`}
          onChange={(event) => setDraft(event.target.value)}
          onKeyDown={press}
          className="field-sizing-content max-h-48 min-h-8 min-w-0 grow resize-none px-2 py-1.5 text-sm outline-none placeholder:text-muted"
        />
        {isBusy ? (
          <Button aria-label={t("stop")} onClick={onStop}>
            <Square aria-hidden className="size-3.5 fill-current" />
            <span className="max-sm:hidden">{t("stop")}</span>
          </Button>
        ) : (
          <Button type="submit" look="primary" disabled={!canAsk} aria-label={t("ask")}>
            <ArrowUp aria-hidden className="size-4" />
            <span className="max-sm:hidden">{t("ask")}</span>
          </Button>
        )}
      </div>
      <Hint id={`${id}-hint`} length={question.length} />
    </form>
  );
}

function Hint({ id, length }: { id: string; length: number }) {
  const t = useTranslations("chat");
  return (
    <p id={id} className="flex justify-between gap-2 px-1 pt-1 text-muted text-xs">
      <span>{length > MAX_LENGTH ? <span className="text-danger">{t("tooLong")}</span> : t("composerHint")}</span>
      {length >= COUNTED_FROM && (
        <span className="shrink-0 tabular-nums">{t("count", { length, max: MAX_LENGTH })}</span>
      )}
    </p>
  );
}

interface Actions {
  ask: () => void;
  stop: (() => void) | null;
  recall: (() => void) | null;
}

/** What a key does in the field, if it doesn't write. */
function actionOf(event: KeyboardEvent, { ask, stop, recall }: Actions): (() => void) | null {
  if (event.key === "Enter" && !event.shiftKey && !event.altKey) return ask;
  if (event.key === "Escape") return stop;
  if (event.key === "ArrowUp") return recall;
  return null;
}
