/** The grey of a colour: luma of ITU-R BT.601 with torchvision's digits. */
export function luma(red: number, green: number, blue: number): number {
  return 0.2989 * red + 0.587 * green + 0.114 * blue;
}
