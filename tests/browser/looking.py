"""What every screen must keep, asked of the page itself: each rule returns what breaks it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from server.web import sources_directory

if TYPE_CHECKING:
    from playwright.async_api import Page

TARGET_PX, TEXT_PX = 56, 18
"""Of what gloves press, and of what is read in the sun."""
DRAWN_WITHIN_SECONDS = 5
"""How long what is drawn to the width of its place may take to follow a new one."""

_VISIBLE = """
  const seen = (one) => {
    const box = one.getBoundingClientRect();
    const style = getComputedStyle(one);
    return box.width > 1 && box.height > 1 && style.visibility !== "hidden";
  };
  const name = (one) =>
    `${one.tagName.toLowerCase()} « ${(one.innerText || one.getAttribute("aria-label") || "")
      .trim().slice(0, 40)} »`;
"""

TARGETS = f"""
(least) => {{ {_VISIBLE}
  const pressed = "a, button, input, select, textarea, summary, [role=button], [role=tab]";
  return [...document.querySelectorAll(pressed)]
    .filter((one) => !["hidden", "file"].includes(one.type) && !one.closest("[inert]"))
    .map((one) => (["radio", "checkbox"].includes(one.type) ? one.closest("label") ?? one : one))
    .filter(seen)
    .map((one) => [one, one.getBoundingClientRect()])
    .filter(([, box]) => box.height < least - 0.5 || box.width < least - 0.5)
    .map(([one, box]) =>
      `target ${{name(one)}} is ${{Math.round(box.width)}} × ${{Math.round(box.height)}}`);
}}
"""

TEXTS = f"""
(least) => {{ {_VISIBLE}
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const small = new Set();
  while (walker.nextNode()) {{
    const one = walker.currentNode.parentElement;
    if (walker.currentNode.data.trim() === "" || !seen(one)) continue;
    const size = parseFloat(getComputedStyle(one).fontSize);
    if (size < least - 0.1) small.add(`text ${{name(one)}} is ${{size}} px`);
  }}
  return [...small];
}}
"""

LAYOUT = f"""
() => {{ {_VISIBLE}
  const found = [];
  const wide = document.documentElement.scrollWidth - innerWidth;
  if (wide > 1) found.push(`the page is ${{wide}} px wider than the screen`);
  for (const one of document.querySelectorAll("body *")) {{
    const style = getComputedStyle(one);
    const cut = style.overflowX === "hidden" && style.textOverflow !== "ellipsis" && seen(one);
    if (cut && one.scrollWidth > one.clientWidth + 1 && one.innerText?.trim())
      found.push(`text is cut in ${{name(one)}}`);
  }}
  const words = document.querySelectorAll("h1, h2, h3, button, a, label, legend, th, dt, option");
  for (const one of words) {{
    if (!seen(one)) continue;
    const walker = document.createTreeWalker(one, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {{
      for (const word of walker.currentNode.data.matchAll(/[\\p{{L}}]{{4,}}/gu)) {{
        const range = document.createRange();
        range.setStart(walker.currentNode, word.index);
        range.setEnd(walker.currentNode, word.index + word[0].length);
        const lines = new Set([...range.getClientRects()].map((box) => Math.round(box.top)));
        if (lines.size > 1) found.push(`the word ${{word[0]}} is broken in ${{name(one)}}`);
      }}
    }}
  }}
  return found;
}}
"""

_AXE = """
async () => {
  const { violations } = await axe.run(document, {
    resultTypes: ["violations"],
    rules: { "color-contrast-enhanced": { enabled: true } },
  });
  return violations.flatMap((one) =>
    one.nodes.slice(0, 3).map((node) =>
      `axe ${one.id}: ${node.target.join(" ")} ${node.html.slice(0, 120)}`
      + ` ${node.any[0]?.message ?? ""}`));
}
"""


async def axe(page: Page) -> list[str]:
    """Return what axe finds, with a contrast of 7:1 asked of every text."""
    if not await page.evaluate("() => 'axe' in window"):
        await page.evaluate((sources_directory() / "node_modules/axe-core/axe.min.js").read_text())
    return await _asked(page, _AXE)


async def laid_out(page: Page) -> list[str]:
    """Return what is cut, broken within a word, or wider than the screen, and stays so."""
    return await _staying(page, (LAYOUT, None))


async def for_gloves(page: Page) -> list[str]:
    """Return what is too small to be pressed with gloves or read in the sun, and stays so."""
    return await _staying(page, (TARGETS, TARGET_PX), (TEXTS, TEXT_PX))


async def _staying(page: Page, *questions: tuple[str, Any]) -> list[str]:
    """Ask until nothing is found, or what is found has had its time to go."""
    deadline = asyncio.get_running_loop().time() + DRAWN_WITHIN_SECONDS
    while found := [one for asked in questions for one in await _asked(page, *asked)]:
        if asyncio.get_running_loop().time() > deadline:
            break
        await asyncio.sleep(0.1)
    return found


async def _asked(page: Page, question: str, argument: Any = None) -> list[str]:
    found: list[str] = await page.evaluate(question, argument)
    return found
