import { openAnswer, stopMessage } from "@/api/chat";
import { unreachable } from "@/api/client";
import { ApiError } from "@/api/problem";
import { readAnswer } from "@/screens/chat/answerStream";
import { afterBreak, afterEvent, isRunning, newTurn, type Turn } from "@/screens/chat/turn";

interface Server {
  open: (conversationId: number, question: string) => Promise<ReadableStream<Uint8Array>>;
  stop: (messageId: number) => Promise<unknown>;
}

/**
 * The newest turn of each conversation. It lives outside of the screens, so that an answer comes in while people look at
 * something else.
 */
export class TurnStore {
  readonly #server: Server;
  readonly #turns = new Map<number, Turn>();
  readonly #listeners = new Set<() => void>();
  #frame: number | null = null;

  constructor(server: Server) {
    this.#server = server;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  get(conversationId: number): Turn | undefined {
    return this.#turns.get(conversationId);
  }

  /** Asks, and follows the answer to its end. Never throws: what went wrong is in the turn. */
  async ask(conversationId: number, question: string): Promise<Turn> {
    let turn = newTurn(question);
    this.#put(conversationId, turn);
    let error: ApiError | null = null;
    try {
      for await (const event of readAnswer(await this.#server.open(conversationId, question))) {
        turn = afterEvent(turn, event);
        if (event.type === "token") this.#putSoon(conversationId, turn);
        else this.#put(conversationId, turn);
      }
    } catch (cause) {
      error = cause instanceof ApiError ? cause : unreachable(cause);
    }
    turn = afterBreak(turn, error ?? unreachable(null));
    this.#put(conversationId, turn);
    return turn;
  }

  /** Stops the running answer, as soon as the server has taken the question. Throws ApiError. */
  async stop(conversationId: number): Promise<void> {
    const messageId = await this.#takenId(conversationId);
    if (messageId !== null) await this.#server.stop(messageId);
  }

  /** Lets go of a turn that has ended; one that is running goes on. */
  forget(conversationId: number): void {
    if (isRunning(this.#turns.get(conversationId))) return;
    if (this.#turns.delete(conversationId)) this.#notify();
  }

  /** The running answer's id, as soon as it has one; null if it ends before. */
  #takenId(conversationId: number): Promise<number | null> {
    return new Promise((resolve) => {
      const look = () => {
        const turn = this.#turns.get(conversationId);
        if (isRunning(turn) && turn.messageId === null) return;
        unsubscribe();
        resolve(isRunning(turn) ? turn.messageId : null);
      };
      const unsubscribe = this.subscribe(look);
      look();
    });
  }

  #put(conversationId: number, turn: Turn): void {
    this.#turns.set(conversationId, turn);
    this.#notify();
  }

  /** Words may come faster than a screen is drawn: they are shown once per frame. */
  #putSoon(conversationId: number, turn: Turn): void {
    this.#turns.set(conversationId, turn);
    this.#frame ??= requestAnimationFrame(() => this.#notify());
  }

  #notify(): void {
    if (this.#frame !== null) cancelAnimationFrame(this.#frame);
    this.#frame = null;
    for (const listener of this.#listeners) listener();
  }
}

export const turns = new TurnStore({ open: openAnswer, stop: stopMessage });
