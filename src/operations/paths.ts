// Names that clients choose, as one segment of a path.
import { badRequest } from "../core/errors.ts";

/** Dot segments would lead to another path; encodeURIComponent takes no half of a surrogate pair. */
export function pathValue(name: string, value: string | undefined): string {
  if (value === undefined || value === "") throw badRequest(name, `${name} is required: a non-empty string`);
  if (/^\.{1,2}$/.test(value) || !value.isWellFormed())
    throw badRequest(name, `${name} is no name that a path can hold`);
  return encodeURIComponent(value);
}
