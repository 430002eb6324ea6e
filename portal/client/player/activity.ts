/** Draws how much went on, along the recording. */
export function drawActivity(canvas: HTMLCanvasElement, activity: number[]): void {
  canvas.width = canvas.clientWidth;
  const context = canvas.getContext("2d")!;
  const most = Math.log1p(Math.max(...activity, 1));
  context.fillStyle = getComputedStyle(document.documentElement).getPropertyValue("color-scheme") && matchMedia("(prefers-color-scheme: dark)").matches ? "#6cc0dc" : "#1a647d";
  const width = canvas.width / activity.length;
  activity.forEach((bytes, i) => {
    const height = Math.log1p(bytes) / most * canvas.height;
    context.fillRect(i * width, canvas.height - height, Math.max(1, width - 1), height);
  });
}
