// Writes cases.json: what Hugging Face's tokenizers make of the tokenizer files in this folder, which Pellucid wrote.
// Run:  npm install tokenizers@0.23.2 && node make_cases.mjs
import { readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

const { Tokenizer } = createRequire(process.cwd() + "/")("tokenizers");
const folder = new URL(".", import.meta.url).pathname;

const words = ["the", " the", "library", "Where", "don't", "isn't it", "¿Dónde", " está", "niño", "niñas", "42", " 1,000", "...", "!?", "中文", " 日本語", "привет", "😀",
  "👩‍🚀", "e\u0301", "a\tb", "\n", " ", "  ", "\u00A0", "\uFEFF", "ﬁ", "각", "ＡＢＣ", "newest", "lowest", "widest", "'s", "’", "(", ")", "\"", "²", "x", "Ⅷ", "İ", "ß", "\u0301", "\u3000"];
let state = 7;
const draw = bound => (state = (state * 1103515245 + 12345) % 2147483648, Math.floor(state / 65536) % bound);
const texts = ["", " ", "You are welcome.", "  two  leading", "trailing ", "El niño añora la niñez.", "Where is the library, the newest one?"];
while (texts.length < 150) texts.push(Array.from({ length: 1 + draw(9) }, () => words[draw(words.length)]).join(""));

const cases = {};
for (const name of readdirSync(folder).filter(name => name.endsWith(".tokenizer.json")).sort()) {
  const tokenizer = Tokenizer.fromFile(folder + name);
  cases[name] = [];
  for (const text of texts) {
    const encoding = await tokenizer.encode(text, null, { addSpecialTokens: false });
    // Offsets of Hugging Face count Unicode scalar values.
    cases[name].push([text, encoding.getIds(), await tokenizer.decode(encoding.getIds(), false), encoding.getOffsets()]);
  }
}
writeFileSync(folder + "cases.json", JSON.stringify(cases).replaceAll('],["', '],\n["') + "\n");
