import { Tooltip as Radix } from "radix-ui";
import type { FocusEvent, ReactElement } from "react";
import { Keys } from "@/ui/Keys";

interface TooltipProps {
  text: string;
  shortcut?: string;
  children: ReactElement;
}

/** Words that appear when the pointer or the focus rests on the child. */
export function Tooltip({ text, shortcut, children }: TooltipProps) {
  return (
    <Radix.Root>
      <Radix.Trigger asChild onFocus={ignoreUnseenFocus}>
        {children}
      </Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          sideOffset={4}
          collisionPadding={8}
          className="z-50 flex max-w-80 items-center gap-2 rounded-md bg-fg px-2 py-1 text-canvas text-xs"
        >
          {text}
          {shortcut && <Keys shortcut={shortcut} isInverted />}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

/** Focus that comes back to a button after a click elsewhere isn't someone resting on it. */
function ignoreUnseenFocus(event: FocusEvent<HTMLElement>): void {
  if (!event.currentTarget.matches(":focus-visible")) event.preventDefault();
}

export const TooltipProvider = Radix.Provider;
