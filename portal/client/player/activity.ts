const SVG = "http://www.w3.org/2000/svg";
const HEIGHT = 30;
const INPUT = 6;

/**
 * The heat strip: how much went on in each part of the recording as colour, and below it where somebody pressed something.
 * Colours are the theme's (player.css), so they follow it.
 */
export function drawActivity(strip: Element, change: number[], input: number[]): void {
  strip.setAttribute("viewBox", `0 0 ${change.length} ${HEIGHT}`);
  // A full repaint must not make all else invisible: what is a hundred times less still has a colour.
  const most = Math.log1p(100);
  const highest = Math.max(...change, Number.MIN_VALUE);
  const mark = (name: string, at: number, y: number, height: number, strength: number): SVGRectElement => {
    const rect = document.createElementNS(SVG, "rect");
    const values = { class: name, x: at, y, width: 1.02, height, "fill-opacity": strength.toFixed(3) };
    Object.entries(values).forEach(([key, value]) => rect.setAttribute(key, String(value)));
    return rect;
  };
  strip.replaceChildren(
    ...change.flatMap((amount, i) =>
      amount > 0 ? [mark("change", i, 0, HEIGHT - INPUT - 2, 0.15 + (0.85 * Math.log1p((amount / highest) * 100)) / most)] : [],
    ),
    ...input.flatMap((times, i) => (times > 0 ? [mark("pressed", i, HEIGHT - INPUT, INPUT, 1)] : [])),
  );
}
