/** Parameters that several augmentations share. */
import { z } from "zod";

/** The probability that an image is changed at all. */
export function chance(byDefault: number): z.ZodDefault<z.ZodNumber> {
  return z.number().min(0).max(1).default(byDefault).describe("Probability that an image is changed, 0 to 1.");
}

/** A range from which a number is drawn, both ends within `least` and `most`. */
export function range(
  least: number,
  most: number,
  byDefault: [number, number],
  about: string,
): z.ZodType<[number, number], [number, number] | undefined> {
  const bound = z.number().min(least).max(most);
  return z.tuple([bound, bound]).refine(([low, high]) => low <= high, "the first number must not exceed the second")
    .default(byDefault).describe(about);
}

/** What is seen beyond the border: `reflect` mirrors at the outermost pixels, `edge` repeats them. */
export const border = z.enum(["reflect", "edge"]).default("reflect")
  .describe("What is seen beyond the border: reflect mirrors the image, edge repeats its outermost pixels.");

export type Border = z.infer<typeof border>;
