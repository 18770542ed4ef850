import { LoaderCircle } from "lucide-react";

/** Something goes on. Decorative: say in words beside it what. */
export function Spinner() {
  return <LoaderCircle aria-hidden className="size-4 animate-spin" />;
}
