/** A piece of a text, and whether it is one of those looked for. */
export interface TextPart {
  text: string;
  isMarked: boolean;
}

/** A text in which the pieces looked for are marked. */
export function Marked({ parts }: { parts: TextPart[] }) {
  return parts.map((part, index) =>
    part.isMarked ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of one text never change places
      <mark key={index} className="text-fg">
        {part.text}
      </mark>
    ) : (
      part.text
    ),
  );
}
