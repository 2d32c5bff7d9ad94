// Drives a browser over a running loop. What it finds wrong ends it with 1 and a sentence.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const { RDPCTL: tool, FOLDER: folder, SHOTS: shots } = process.env;
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const children = [];
process.on("exit", () => children.forEach((child) => child.kill()));

function demand(holds, sentence) {
  if (!holds) throw new Error(sentence);
}

// The first line of a child's output that says something.
function says(stream, of) {
  return new Promise((found) => createInterface({ input: stream }).on("line", (line) => { const said = of(line); if (said) found(said); }));
}

function start(args, env) {
  const child = spawn(tool, args, { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
  children.push(child);
  return child;
}

// Drift is an answer, too.
function run(args, env) {
  try { return execFileSync(tool, args, { cwd: folder, env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }); }
  catch (error) { demand(error.status === 2 || error.status === 3, `rdpctl ${args.join(" ")}: ${error.stderr}`); return error.stdout; }
}

// The estate in a simulator of its own, repaired; reboots are asked about.
const plain = { PATH: process.env.PATH, USER: "witness" };
const simulator = start(["sim", "world.toml", "--format", "json"], plain);
const world = JSON.parse(await says(simulator.stdout, (line) => line));
const keys = world.credentials;
const declared = readFileSync(`${folder}/rdp.toml`, "utf8")
  .replace(/reboot = "allow"/, 'reboot = "ask"')
  .replace(/\[provider\.gz\]\n/, `[provider.gz]\nendpoint = "${world.tencent}"\ncredentials = { id = "env:A_ID", key = "env:A_KEY" }\n`)
  .replace(/\[provider\.gz-legacy\]\n/, `[provider.gz-legacy]\nendpoint = "${world.tencent}"\ncredentials = { id = "env:B_ID", key = "env:B_KEY" }\n`);
writeFileSync(`${folder}/rdp.toml`, declared);
const kept = `${mkdtempSync(`${tmpdir()}/grants-`)}/grants.toml`;
const env = {
  ...plain, RDPCTL_GRANTS: kept, A_ID: keys.gz["secret-id"], A_KEY: keys.gz["secret-key"],
  B_ID: keys["gz-legacy"]["secret-id"], B_KEY: keys["gz-legacy"]["secret-key"],
};
writeFileSync(kept, "", { mode: 0o600 });
for (let round = 0; round < 2; round += 1) writeFileSync(kept, readFileSync(kept, "utf8") + run(["trust", "--print"], env), { mode: 0o600 });
run(["apply", "--auto-approve", "--allow", "spend,reboot"], env);
const token = run(["trust", "token", "ana", "--may", "reboot,pause,survey"], env).trim();
const loop = start(["run", "--clouds-every", "1s", "--machines-every", "2s", "--listen", "127.0.0.1:0"], env);
const at = await says(loop.stderr, (line) => /answers at (http:\S+)\/metrics/.exec(line)?.[1]);

const browser = await chromium.launch({ executablePath: ["/usr/bin/chromium"].find(existsSync), args: ["--no-sandbox"] });
const wide = { width: 1440, height: 900 }, phone = { width: 390, height: 844 };
const context = await browser.newContext({ viewport: wide });
const page = await context.newPage();
const complaints = [];
let loads = 0;
// That there is no such page is what one of them is about.
page.on("console", (message) => message.location().url.includes("/no/such/page") || complaints.push(`${message.type()}: ${message.text()}`));
page.on("pageerror", (error) => complaints.push(String(error)));
page.on("load", () => { loads += 1; });
const fetchJson = async (path) => (await (await fetch(at + path)).json());

async function until(what, holds, seconds = 40) {
  for (let left = seconds * 5; left > 0; left -= 1) {
    const found = await holds();
    if (found) return found;
    await new Promise((go) => setTimeout(go, 200));
  }
  throw new Error(`it never came: ${what}`);
}

await until("the page", async () => (await fetch(`${at}/fleet.json`)).status === 200);
await until("everything as declared", async () => (await fetchJson("/fleet.json")).numbers["as-declared"] === 2);
await page.goto(at);
demand((await page.textContent("h1")).includes("as declared"), "the fleet does not say that all is well");
await page.screenshot({ path: `${shots}/healthy-light.png` });

// A fault appears without reloading.
const hatch = (command) => fetch(`${world.tencent.replace(/\/$/, "")}/__sim/run`, { method: "POST", body: JSON.stringify({ vm: "web-01", command }) });
const before = loads;
const broke = Date.now();
await hatch(String.raw`reg add "HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Server" /v Enabled /t REG_DWORD /d 0 /f`);
await until("the fault on the page", async () => !(await page.textContent("h1")).includes("All 2"), 20);
console.log(`a fault appeared after ${((Date.now() - broke) / 1000).toFixed(1)} s, without reloading`);
demand(loads === before, "the page was reloaded");
await until("the icon", async () => (await page.getAttribute("link[rel=icon]", "href")).includes("icon-bad"));

// The numbers are those of the command line.
const drift = JSON.parse(run(["drift", "--format", "json"], env));
const plan = JSON.parse(run(["plan", "--format", "json"], env));
await until("the same numbers", async () => JSON.stringify((await fetchJson("/fleet.json")).numbers) === JSON.stringify(drift.numbers));
demand(plan.healthy === drift.numbers["as-declared"], "plan counts otherwise than the page");

// What is held is allowed by whoever is signed in, by keyboard alone.
await page.goto(`${at}/session`);
await page.keyboard.type(token);
await page.keyboard.press("Enter");
await page.waitForURL(`${at}/`);
await until("what is held", async () => (await fetchJson("/held.json")).asks === 1);
await page.goto(`${at}/held`);
await page.click("#held a");
await page.waitForSelector("button.go");
await page.screenshot({ path: `${shots}/held-light.png`, fullPage: true });
const held = new URL(page.url()).pathname;

const paths = async () => {
  const fleet = await fetchJson("/fleet.json");
  return ["/", "/?view=matrix", "/?view=fleets", `/groups/${fleet.causes[0].key}`, "/instances/web-01", "/instances/legacy-01", "/held", held,
    "/runs", "/drift", "/accepted", "/loop", "/session", "/no/such/page"];
};

// axe finds nothing, whatever the colours and the width; no page scrolls sideways, at 320 px either.
let looked = 0;
async function look(path, name) {
  for (const [theme, size] of [["light", wide], ["dark", wide], ["light", phone], ["dark", phone]]) {
    await page.setViewportSize(size);
    const sep = path.includes("?") ? "&" : "?";
    await page.goto(`${at}${path}${sep}theme=${theme}`);
    await page.evaluate(() => document.querySelectorAll("details").forEach((it) => { it.open = true; }));
    const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    demand(wider <= 0, `${path} is ${wider} px wider than ${size.width}`);
    const found = await axeOn(page);
    demand(found.length === 0, `${path}, ${theme}, ${size.width} px:\n${found.join("\n")}`);
    looked += 1;
    const where = size === wide ? theme : `phone-${theme}`;
    await page.screenshot({ path: `${shots}/${name}-${where}.png`, fullPage: true });
  }
  await page.setViewportSize({ width: 320, height: 640 });
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  demand(wider <= 0, `${path} is ${wider} px wider than 320`);
}

// In a world of its own, so that the page's policy stays as it is.
async function axeOn(page) {
  const protocol = await page.context().newCDPSession(page);
  const { frameTree } = await protocol.send("Page.getFrameTree");
  const { executionContextId } = await protocol.send("Page.createIsolatedWorld", { frameId: frameTree.frame.id, worldName: "axe" });
  const evaluate = async (expression) => {
    const { result, exceptionDetails } = await protocol.send("Runtime.evaluate", { expression, contextId: executionContextId, awaitPromise: true, returnByValue: true });
    demand(!exceptionDetails, `axe: ${exceptionDetails?.exception?.description}`);
    return result.value;
  };
  await evaluate(`${axe}; undefined`);
  const found = await evaluate(`axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }).then((it) => it.violations.map((one) => one.id + ": " + one.help + " " + one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160) + " " + (node.failureSummary || "").slice(0, 200)).join(" | ")))`);
  await protocol.detach();
  return found;
}

const wrong = [];
for (const path of await paths()) {
  const name = path.replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "") || "fleet";
  try { await look(path, name.startsWith("held-") ? "held-one" : name.startsWith("groups") ? "group" : name); } catch (error) { wrong.push(error.message); }
}
console.log(`axe looked at ${looked} views, and found ${wrong.length || "nothing"}`);

// Whoever chose his own colours has them everywhere, and whoever sees none is told by signs and words: on a canvas of his own,
// light and dark, nothing is drawn in a colour of ours, no mark is as the canvas, none stands without a word, and where one is
// is seen. In greys each mark of a page differs from what is under it.
async function withoutOurColours(path, name) {
  for (const [theme, size] of [["light", wide], ["dark", wide], ["light", phone]]) {
    await page.setViewportSize(size);
    await page.emulateMedia({ colorScheme: theme, forcedColors: "active" });
    await page.goto(`${at}${path}${path.includes("?") ? "&" : "?"}theme=${theme}`);
    await page.evaluate(() => document.querySelectorAll("details").forEach((it) => { it.open = true; }));
    const where = `${theme}${size === wide ? "" : "-phone"}`;
    const found = await page.evaluate(unlike);
    if (found.length > 0) wrong.push(`${path}, forced colours, ${where}:\n${found.slice(0, 12).join("\n")}`);
    await page.screenshot({ path: `${shots}/${name}-forced-${where}.png`, fullPage: true });
  }
  await page.emulateMedia({ forcedColors: "none", colorScheme: "light" });
  await page.setViewportSize(wide);
  const eye = await context.newCDPSession(page);
  await eye.send("Emulation.setEmulatedVisionDeficiency", { type: "achromatopsia" });
  await page.goto(`${at}${path}${path.includes("?") ? "&" : "?"}theme=light`);
  await page.screenshot({ path: `${shots}/${name}-grey.png`, fullPage: true });
  await eye.send("Emulation.setEmulatedVisionDeficiency", { type: "none" });
  await eye.detach();
}

// Runs in the page: what is wrong there, in words.
function unlike() {
  const wrong = new Set(), probe = document.body.appendChild(document.createElement("i"));
  const named = (name) => { probe.style.color = name; return getComputedStyle(probe).color; };
  const names = ["Canvas", "CanvasText", "LinkText", "VisitedText", "ActiveText", "ButtonText", "ButtonFace", "ButtonBorder", "GrayText", "Highlight", "HighlightText", "Field", "FieldText"];
  const theirs = new Set(names.map(named)), canvas = named("Canvas");
  probe.remove();
  const text = (it) => `${it.tagName.toLowerCase()}.${it.getAttribute("class") ?? ""} ${it.getAttribute("href") ?? ""} in ${it.closest("[id]")?.id ?? "the page"}`;
  const isClear = (colour) => colour.startsWith("rgba(") && colour.endsWith(", 0)");
  const seen = (it) => it.checkVisibility({ contentVisibilityAuto: true });
  for (const it of document.querySelectorAll("svg :is(rect, path, circle, line, text, use)")) {
    const style = getComputedStyle(it);
    for (const of of ["fill", "stroke"]) {
      const value = style[of];
      if (value.startsWith("rgb") && !theirs.has(value) && !isClear(value)) wrong.add(`${of} ${value} is a colour of ours: ${text(it)}`);
    }
  }
  for (const mark of document.querySelectorAll("svg.m, svg use")) {
    if (!seen(mark)) continue;
    if (getComputedStyle(mark).color === canvas) wrong.add(`a mark is as the canvas: ${text(mark)}`);
    const whole = mark.closest("[aria-label]") ?? mark.closest("li, p, dd, dt, td, th, a, span, h1, h2, h3, b, div");
    if (!(whole?.getAttribute("aria-label") || whole?.textContent.trim() || mark.closest("td, li, div")?.textContent.trim())) wrong.add(`a mark without a word: ${text(mark)}`);
  }
  // A cell's mark is cut out of a colour by its shape; its word is in it.
  for (const cell of document.querySelectorAll(".matrix tbody td:not(.l)")) {
    const drawn = getComputedStyle(cell, "::before");
    if (!cell.textContent.trim()) wrong.add(`a cell without a word: ${text(cell)}`);
    if (!seen(cell)) continue;
    const ink = cell.classList.contains("x") ? drawn.backgroundColor : cell.classList.contains("q") ? getComputedStyle(cell).color : drawn.borderRightColor;
    if (ink === canvas || isClear(ink)) wrong.add(`a cell's mark is as the canvas: ${text(cell)}`);
  }
  const tabs = [...document.querySelectorAll(".top nav a")], here = tabs.find((it) => it.hasAttribute("aria-current"));
  const line = (it) => getComputedStyle(it).borderBottomColor;
  if (here && tabs.some((it) => it !== here && line(it) === line(here))) wrong.add("which page one is on is not seen");
  return [...wrong];
}

for (const path of await paths()) {
  const name = path.replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "") || "fleet";
  await withoutOurColours(path, name.startsWith("held-") ? "held-one" : name.startsWith("groups") ? "group" : name);
}

// The reports are files that need nothing but themselves; axe looks at them, too.
const reports = { "drift-report": ["drift", "--format", "html"], "doctor-report": ["doctor", "web-01", "--format", "html"], "doctor-report-ko": ["doctor", "web-01", "--format", "html", "--lang", "ko"] };
for (const [name, args] of Object.entries(reports)) {
  writeFileSync(`${folder}/${name}.html`, run(args, env));
  for (const [theme, size] of [["light", wide], ["dark", phone]]) {
    await page.setViewportSize(size);
    await page.emulateMedia({ colorScheme: theme });
    await page.goto(`file://${folder}/${name}.html`);
    await page.evaluate(() => document.querySelectorAll("details").forEach((it) => { it.open = true; }));
    const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (wider > 0) wrong.push(`${name} is ${wider} px wider than ${size.width}`);
    const found = await axeOn(page);
    if (found.length > 0) wrong.push(`${name}, ${theme}, ${size.width} px:\n${found.join("\n")}`);
    await page.screenshot({ path: `${shots}/${name}-${theme}.png`, fullPage: true });
  }
  await page.emulateMedia({ colorScheme: "light", forcedColors: "active" });
  const found = await page.evaluate(unlike);
  if (found.length > 0) wrong.push(`${name}, forced colours:\n${found.slice(0, 12).join("\n")}`);
  await page.emulateMedia({ forcedColors: "none" });
  await page.setViewportSize({ width: 320, height: 256 });
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (wider > 0) wrong.push(`${name} is ${wider} px wider than 320`);
}
await page.emulateMedia({ colorScheme: "light" });
await page.setViewportSize(wide);

// By keyboard alone: all that can be done is reached in turn, and it is seen where one is.
const reachable = "a[href], button, input:not([type=hidden]), select, summary, [tabindex='0']";
for (const path of ["/", held, "/instances/web-01", "/loop"]) {
  await page.goto(at + path);
  const wanted = await page.evaluate((all) => [...document.querySelectorAll(all)].filter((it) => it.checkVisibility({ contentVisibilityAuto: true }) && !it.closest("details:not([open]) > :not(summary)")).length, reachable);
  const reached = new Set();
  for (let turn = 0; turn < wanted + 5; turn += 1) {
    await page.keyboard.press("Tab");
    const now = await page.evaluate((all) => {
      const it = document.activeElement, style = getComputedStyle(it);
      const seen = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1) || style.boxShadow !== "none";
      return { place: [...document.querySelectorAll(all)].indexOf(it), seen, what: it.outerHTML.slice(0, 120) };
    }, reachable);
    if (now.place < 0) continue;
    if (!now.seen) wrong.push(`${path}: where one is is not seen: ${now.what}`);
    reached.add(now.place);
  }
  if (reached.size < wanted) wrong.push(`${path}: ${reached.size} of ${wanted} are reached by keyboard`);
}

// In Korean, and without colours.
await page.setViewportSize(phone);
await page.goto(`${at}/?lang=ko&theme=dark`);
await page.screenshot({ path: `${shots}/fleet-ko-phone-dark.png`, fullPage: true });
await page.setViewportSize(wide);
await page.goto(`${at}/?lang=en&theme=light`);
await page.emulateMedia({ media: "print" });
demand(!(await page.isVisible("nav")), "the navigation is printed");
await page.screenshot({ path: `${shots}/fleet-print.png`, fullPage: true });
await page.emulateMedia({ media: "screen" });

// What goes wrong while somebody reads is said aloud; it is gone where it is mended.
await page.goto(at);
writeFileSync(`${folder}/rdp.toml`, declared.replace('"office"', '"nowhere"'));
await until("a banner that is said aloud", async () => (await page.locator("#banners[role=alert] .banner.bad").count()) === 1);
await page.screenshot({ path: `${shots}/banner-light.png` });
await page.goto(`${at}/loop`);
demand((await page.locator("#banners[role=alert]").count()) === 0, "what stood there when somebody came is said as news");
writeFileSync(`${folder}/rdp.toml`, declared);
await until("no banner", async () => (await page.locator("#banners .banner").count()) === 0);

// Keys do nothing where they are turned off, and something where they are on.
await page.goto(`${at}/?keys=off`);
await page.keyboard.press("/");
demand((await page.evaluate(() => document.activeElement.id)) !== "find", "a key does something though keys are off");
await page.goto(`${at}/?keys=on`);
await page.keyboard.press("/");
demand((await page.evaluate(() => document.activeElement.id)) === "find", "a slash does not lead to what finds");
await page.goto(at);
await page.keyboard.press("j");
demand(await page.evaluate(() => document.activeElement.matches("[data-item] h3 a")), "j does not lead to the first row");
await page.keyboard.press("g");
await page.keyboard.press("l");
await page.waitForURL(`${at}/loop`);

// Allowed, seen live, healed.
await page.goto(at + held);
await page.click("button.go");
await page.waitForURL(at + held);
const id = await until("the run", async () => (await fetchJson("/runs.json")).runs.find((one) => one.allowed?.some((it) => it.means === "page"))?.id);
await page.goto(`${at}/runs/${id}`);
await page.screenshot({ path: `${shots}/run-light.png`, fullPage: true });
const watched = loads;
await until("the end of the run on its page", async () => (await page.textContent("h1")).includes("All done"));
demand(loads === watched, "the run's page was reloaded");
await until("healed", async () => (await fetchJson("/fleet.json")).numbers["as-declared"] === 2);
const record = await fetchJson(`/runs/${id}.json`);
demand(record.allowed.some((one) => one.guard === "reboot" && one.means === "page" && one.by.startsWith("ana on the page")), `the record does not say who allowed it: ${JSON.stringify(record.allowed)}`);
await page.goto(`${at}/runs/${id}`);
await page.screenshot({ path: `${shots}/run-done-light.png`, fullPage: true });
await withoutOurColours(`/runs/${id}`, "run");

// With script off, every page says the same and forms work.
const mute = await browser.newContext({ javaScriptEnabled: false, viewport: wide });
const still = await mute.newPage();
await still.goto(`${at}/session`);
await still.fill("input[name=token]", token);
await still.click("button");
const heads = (of) => of.locator("main :is(h1, h2, h3, summary, label, button)").allTextContents().then((all) => all.join("\n"));
for (const path of ["/", "/?view=matrix", "/?view=fleets", "/instances/web-01", "/held", "/runs", `/runs/${id}`, "/drift", "/accepted", "/loop", "/session"]) {
  // The world goes on between both: they are asked until they were asked of the same moment.
  await until(`${path} without a script says the same`, async () => {
    await page.goto(at + path);
    await still.goto(at + path);
    return (await heads(page)) === (await heads(still));
  });
}
for (const what of ["now", "pause", "resume"]) {
  await still.goto(`${at}/instances/web-01`);
  if (what !== "now") await until(`a form to ${what}`, async () => { await still.goto(`${at}/instances/web-01`); return (await still.locator(`button[value=${what}]`).count()) === 1; });
  await still.click(`button[value=${what}]`);
  demand(new URL(still.url()).pathname === "/instances/web-01", `a form without script leads elsewhere than back: ${what}`);
}
await mute.close();

demand(wrong.length === 0, wrong.join("\n"));
demand(complaints.length === 0, `the console complains:\n${complaints.join("\n")}`);
// A loop that is gone: the page stays as it is, and says since when it is not live.
await page.goto(at);
await until("a live page", async () => (await page.textContent("#live")) === "live");
loop.kill("SIGKILL");
await until("that it is not live, and since when", async () => /^not live · \d\d:\d\d$/.test(await page.textContent("#live")));
demand((await page.textContent("h1")).includes("as declared"), "what was shown is gone with the loop");
await browser.close();
console.log("allowed on the page, seen live, healed; the console is silent");
process.exit(0);
