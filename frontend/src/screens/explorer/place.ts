/** A document or a folder by its place in a project; the path is from the root of its repository. */
export interface Place {
  sourceId: number;
  path: string;
}
