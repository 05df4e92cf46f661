/**
 * Images as sums Σ image · coefficient + shift with one coefficient per channel. Batch normalisation and its gradient are such
 * sums of two images; kept symbolic, they cost one pass over memory instead of one for every addition and product.
 */
import type { Value } from "../contracts/op.ts";
import { add, constantLike, div, mul, neg } from "../ops/emit.ts";

export interface Term {
  /** [N,C,H,W]. */
  readonly image: Value;
  /** [1,C,1,1] or one number; null is 1. */
  readonly coefficient: Value | null;
}

export interface ChannelForm {
  readonly shape: readonly number[];
  readonly terms: readonly Term[];
  /** [1,C,1,1] or one number; null is 0. */
  readonly shift: Value | null;
}

/** The image itself. */
export function formOf(image: Value, shape: readonly number[]): ChannelForm {
  return { shape, terms: [{ image, coefficient: null }], shift: null };
}

/** Whether the form is nothing but one image. */
export function isImage(form: ChannelForm): boolean {
  return form.terms.length === 1 && form.terms[0].coefficient === null && form.shift === null;
}

export function addForms(a: ChannelForm, b: ChannelForm): ChannelForm {
  const terms = [...a.terms];
  for (const term of b.terms) {
    const at = terms.findIndex(({ image }) => image === term.image);
    if (at < 0) terms.push(term);
    else terms[at] = { image: term.image, coefficient: addCoefficients(terms[at], term) };
  }
  return { shape: a.shape, terms, shift: addShifts(a.shift, b.shift) };
}

export function shiftForm(form: ChannelForm, shift: Value): ChannelForm {
  return { ...form, shift: addShifts(form.shift, shift) };
}

export function scaleForm(form: ChannelForm, factor: Value): ChannelForm {
  return mapForm(form, (value) => (value === null ? factor : mul(value, factor)));
}

export function divideForm(form: ChannelForm, divisor: Value): ChannelForm {
  return mapForm(form, (value) => div(value ?? 1, divisor));
}

export function negateForm(form: ChannelForm, one: Value): ChannelForm {
  return mapForm(form, (value) => neg(value ?? one));
}

function mapForm(form: ChannelForm, change: (value: Value | null) => Value): ChannelForm {
  return {
    shape: form.shape,
    terms: form.terms.map(({ image, coefficient }) => ({ image, coefficient: change(coefficient) })),
    shift: form.shift === null ? null : change(form.shift),
  };
}

function addCoefficients(a: Term, b: Term): Value {
  const known = a.coefficient ?? b.coefficient;
  if (known === null) return constantLike(a.image, 2);
  return add(known, a.coefficient === null ? 1 : b.coefficient ?? 1);
}

function addShifts(a: Value | null, b: Value | null): Value | null {
  return a === null || b === null ? a ?? b : add(a, b);
}
