import { expect, test, vi } from "vitest";
import { renderFormula } from "@/markdown/formulas";

function formula(tex: string, name = "math-inline"): HTMLElement {
  const element = document.createElement(name === "math-block" ? "div" : "span");
  element.className = name;
  element.textContent = tex;
  return element;
}

test("TeX becomes MathML without styles", async () => {
  const element = formula("\\fcolorbox{red}{blue}{$x^2$}", "math-block");
  await renderFormula(element);
  expect(element.querySelector("math")).not.toBeNull();
  expect(element.querySelector("[style]")).toBeNull();
});

test("what isn't TeX stays, with the reason", async () => {
  const element = formula("\\frac{1");
  await renderFormula(element);
  expect(element.textContent).toBe("\\frac{1");
  expect(element.title).toContain("KaTeX");
});

test.each(["\\href{javascript:alert(1)}{x}", "\\includegraphics{https://example.com/x.png}", "\\def\\a{\\a\\a}\\a"])(
  "%s does nothing",
  async (tex) => {
    const element = formula(tex);
    await renderFormula(element);
    expect(element.querySelector("a, img, script")).toBeNull();
  },
);

test("what can't be set because KaTeX can't be loaded stays, with the reason", async () => {
  vi.doMock("katex", () => {
    throw new TypeError("Failed to fetch");
  });
  vi.resetModules();
  const { renderFormula: renderAlone } = await import("@/markdown/formulas");
  const element = formula("x^2");
  await renderAlone(element);
  vi.doUnmock("katex");
  expect(element.textContent).toBe("x^2");
  expect(element.title).not.toBe("");
});
