import { z } from "zod";

/** The parameter `dropout` that every head has. */
export const dropoutParam = z.number().min(0).max(0.95).default(0)
  .describe("share of the features that each training step leaves out");
