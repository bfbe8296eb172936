// Writes stages.json: what Hugging Face's tokenizers make of each stage of a tokenizer.json, by small files made here.
// Run:  npm install tokenizers@0.23.2 && node make_stages.mjs
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";

const { Tokenizer } = createRequire(process.cwd() + "/")("tokenizers");
const folder = new URL(".", import.meta.url).pathname;

const words = ["the", " the", "library", "Where", "don't", "isn't it", "¿Dónde", " está", "niño", "42", " 1,000", "12345", "...", "!?", "中文", " 日本語", "ａｂＣ", "привет", "😀",
  "👩‍🚀", "e\u0301", "a\tb", "\n", "\r\n", " ", "  ", "   ", "\u00A0", "\uFEFF", "ﬁ", "각", "Ⅷ", "İ", "ß", "\u0301", "\u3000", "▁", "a▁b", "x_y", "'S", "I'LL", "½", "\u0000", "\u200D", "\u2028",
  "<mask>", "<pad>", " <mask> ", "[CLS]", "abab", "ba", "aab", "क्षि", "\u20DD", "--", "a-b", "\uFFFD"];
let state = 11;
const draw = bound => (state = (state * 1103515245 + 12345) % 2147483648, Math.floor(state / 65536) % bound);
const texts = ["", " ", "a", "You are welcome.", "  two  leading", "trailing ", "El niño añora la niñez, ¿no?", "abab ab a baba"];
while (texts.length < 40) texts.push(Array.from({ length: 1 + draw(8) }, () => words[draw(words.length)]).join(""));

const bytes = { "<unk>": 0 };
for (let i = 0; i < 256; i++) bytes[`<0x${i.toString(16).toUpperCase().padStart(2, "0")}>`] = i + 1;
const spelling = { type: "BPE", dropout: null, unk_token: "<unk>", continuing_subword_prefix: null, end_of_word_suffix: null, fuse_unk: false, byte_fallback: true, ignore_merges: false, vocab: bytes, merges: [] };
const wordsOnly = { type: "WordLevel", vocab: { "<unk>": 0 }, unk_token: "<unk>" };
const file = stages => ({ version: "1.0", truncation: null, padding: null, added_tokens: [], normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null, model: wordsOnly, ...stages });
const added = (id, content, flags = {}) => ({ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true, ...flags });
const bpe = (vocab, merges, more = {}) => ({ ...spelling, byte_fallback: false, vocab: Object.fromEntries(vocab.map((piece, id) => [piece, id])), merges, ...more });

const stages = {};
const normalizer = (name, value) => stages["normalizer " + name] = file({ normalizer: value, model: spelling });
for (const type of ["NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents", "Nmt", "ByteLevel"]) normalizer(type, { type });
for (const [l, r] of [[true, true], [true, false], [false, true]]) normalizer(`Strip ${l} ${r}`, { type: "Strip", strip_left: l, strip_right: r });
normalizer("Replace string", { type: "Replace", pattern: { String: "ab" }, content: "X" });
normalizer("Replace expression", { type: "Replace", pattern: { Regex: " {2,}" }, content: "▁" });
normalizer("Replace white space", { type: "Replace", pattern: { Regex: "\\s+" }, content: " " });
normalizer("Prepend", { type: "Prepend", prepend: "▁" });
for (const [clean_text, handle_chinese_chars, strip_accents, lowercase] of [[true, true, null, true], [true, true, null, false], [false, true, true, false], [true, false, false, true]])
  normalizer(`Bert ${clean_text} ${handle_chinese_chars} ${strip_accents} ${lowercase}`, { type: "BertNormalizer", clean_text, handle_chinese_chars, strip_accents, lowercase });
normalizer("Sequence", { type: "Sequence", normalizers: [{ type: "NFD" }, { type: "Lowercase" }, { type: "StripAccents" }, { type: "Sequence", normalizers: [{ type: "Prepend", prepend: ">" }] }] });

// Rules: ﬁ fi, ａ a, ｂ b, U+00A0 space, tab space, CR space, LF space, e U+0301 é, ½ 1/2, U+200D nothing, İ I, U+20DD O; compiled by CharsMapCompiler.
const precompiled_charsmap = [
  "AAQAAAAgAAAJUQAACl0AAKwoAgCBNQAADUEAAA0AAICCBQAAgQkAAAsAAIAPAACAnRkAAIA8AgAJAACAjXkAAINkAgAAAACAsAkAAL1cAgAHAACAAwAAgAEAAIDMPAIAEgAAgIE9AAAAAACAAAAAgAAAAIAAAACAAAAAgAAAAIAAAACAoNUA",
  "AAAAAIAAAACAAAAAgAAAAIAAAACAAAAAgAAAAIAAAACAAAAAgAAAAIAAAACAAAAAgAAAAIAAAACAAAAAgAAAAIAAAACAAAAAgAAAAIAAAACAAAAAgAAAAIAAAACAAAAAgAAAAIAAAACAAAAAgAAAAIC9pQAAAAAAgAAAAIAAAACAAAAAgAAA",
  "AIAAAACAAAAAgAAAAIAAAACAAAAAgAAAAIAAAACAAAAAgAAAAIAAAACAAAAAgAAAAIAAAACAAAAAgAAAAIAAAACAAAAAgAAAAIAAAACAAAAAgAAAAIAAAACAAAAAgAAAAIAAAACAAAAAgAAAAIAAAACAAAAAgAAAAIAAAACAAAAAgAAAAIAA",
  "AACAAAAAgAAAAIAAAACAAAAAgAAAAIAAAACAAAAAgAAAAIBl3AIAAAAAgAAAAIAAAACAAAAAgAAAAIAAAACAAAAAgAAAAIAAAACAAAAAgAAAAIAAAACAAAAAgAAAAIAAAACAAAAAgAAAAIAAAACAAAAAgAAAAIAAAACAAAAAgAAAAIAAAACA",
  "AAAAgAAAAIAAAACAAAAAgAAAAIAAAACAAAAAgAAAAIAAAACAAAAAgAAAAIAAAACAAAAAgAAAAIAAAACAAAAAgAAAAIAAAACAAAAAgAAAAIAAAACAAAAAgAAAAIAAAACAAAAAgAAAAIAAAACAAAAAgAAAAIAAAACAAAAAgAAAAIAAAACAAAAA",
  "gAAAAIAAAACAAAAAgAAAAIAAAACAAAAAgAAAAIAAAACAAAAAgAAAAIAAAACAAAAAgAAAAIAAAACAAAAAgAAAAIAAAACAAAAAgAAAAIAAAACAAAAAgAAAAIAAAACAAAAAgAAAAIAAAACAAAAAgAAAAIAAAACAAAAAgAAAAIAAAACAAAAAgAAA",
  "AIDCKAEAAAAAgMS0AQAAAACAAAAAgAAAAIAAAACAAAAAgAAAAIAAAACAAAAAgAAAAIAAAACAAAAAgAAAAIAAAACAAAAAgAAAAIAAAACAAAAAgAAAAIAAAACAAAAAgAAAAIAAAACAAAAAgAAAAIAAAACAAAAAgO8gAQAAAACAAAAAgOKYAQAA",
  "AACAAAAAgAAAAIAAAACAAAAAgAAAAIAAAACAAAAAgAAAAIAAAACAAAAAgAAAAIAAAACAAAAAgAAAAIAAAACAAAAAgAAAAIAAAACAAAAAgAAAAIAAIAAxLzIASQBPAGEAYgBmaQDDqQA="].join("");
normalizer("Precompiled", { type: "Precompiled", precompiled_charsmap });

const pre = (name, value) => stages["pre-tokenizer " + name] = file({ pre_tokenizer: value });
for (const type of ["BertPreTokenizer", "Whitespace", "WhitespaceSplit"]) pre(type, { type });
const behaviors = ["Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"];
for (const behavior of behaviors) pre("Punctuation " + behavior, { type: "Punctuation", behavior });
for (const individual_digits of [true, false]) pre("Digits " + individual_digits, { type: "Digits", individual_digits });
pre("CharDelimiterSplit", { type: "CharDelimiterSplit", delimiter: " " });
pre("FixedLength", { type: "FixedLength", length: 3 });
for (const prepend_scheme of ["always", "never", "first"]) for (const split of [true, false]) pre(`Metaspace ${prepend_scheme} ${split}`, { type: "Metaspace", replacement: "▁", prepend_scheme, split });
for (const behavior of behaviors) for (const invert of [true, false]) {
  pre(`Split string ${behavior} ${invert}`, { type: "Split", pattern: { String: "a" }, behavior, invert });
  pre(`Split expression ${behavior} ${invert}`, { type: "Split", pattern: { Regex: "\\s+" }, behavior, invert });
}
const patterns = {
  gpt2: "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
  cl100k: "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
  qwen2: "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
  digits: "\\p{N}{1,3}", "two or more": "\\s{2,}", "line ends": "[\\r\\n]", "letters": "\\p{L}+",
};
for (const [name, Regex] of Object.entries(patterns)) for (const behavior of ["Isolated", "MergedWithNext"]) pre(`Split ${name} ${behavior}`, { type: "Split", pattern: { Regex }, behavior, invert: false });
pre("Split gpt2 removed inverted", { type: "Split", pattern: { Regex: patterns.gpt2 }, behavior: "Removed", invert: true });
pre("Sequence", { type: "Sequence", pretokenizers: [{ type: "WhitespaceSplit" }, { type: "Punctuation", behavior: "Isolated" }, { type: "Digits", individual_digits: true }] });

// Byte-level: all 256 characters of the alphabet, a few merges, and once with characters missing.
const alphabet = [];
{
  let hidden = 0;
  for (let b = 0; b < 256; b++) alphabet.push(String.fromCharCode(b >= 33 && b <= 126 || b >= 161 && b <= 172 || b >= 174 ? b : 256 + hidden++));
}
const levelMerges = ["a b", "Ġ t", "h e", "Ġt he", "Ġ Ġ"];
const level = bpe([...alphabet, "ab", "Ġt", "he", "Ġthe", "ĠĠ", "abab", "<|endoftext|>"], levelMerges);
for (const [add_prefix_space, use_regex] of [[false, true], [true, true], [true, false], [false, false]])
  for (const trim_offsets of [true, false])
    stages[`byte level ${add_prefix_space} ${use_regex} ${trim_offsets}`] = file({ pre_tokenizer: { type: "ByteLevel", add_prefix_space, trim_offsets: true, use_regex }, model: level,
      decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true }, post_processor: { type: "ByteLevel", add_prefix_space, trim_offsets, use_regex: true },
      added_tokens: [added(262, "<|endoftext|>"), added(263, "<mask>", { lstrip: true })] });
stages["byte level ignoring merges"] = file({ ...stages["byte level false true true"], model: { ...level, ignore_merges: true } });
stages["byte level behind cl100k"] = file({ ...stages["byte level false true true"],
  pre_tokenizer: { type: "Sequence", pretokenizers: [{ type: "Split", pattern: { Regex: patterns.cl100k }, behavior: "Isolated", invert: false }, { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: false }] } });
stages["byte level with bytes missing"] = file({ pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true }, decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
  model: bpe(["<unk>", "a", "b", "Ġ", "t", "h", "e", "ab", "Ġt"], ["a b", "Ġ t"]), added_tokens: [added(0, "<unk>")] });

const letters = ["<unk>", "a", "b", "t", "h", "e", " ", "ab", "aba", "th", "the", "ba"];
const merges = ["a b", "ab a", "t h", "th e", "b a"];
const split = { type: "WhitespaceSplit" };
stages["BPE unknown"] = file({ pre_tokenizer: split, model: bpe(letters, merges) });
stages["BPE fusing unknown"] = file({ pre_tokenizer: split, model: bpe(letters, merges, { fuse_unk: true }) });
stages["BPE without unknown"] = file({ pre_tokenizer: split, model: bpe(letters, merges, { unk_token: null }) });
stages["BPE ignoring merges"] = file({ pre_tokenizer: split, model: bpe([...letters, "abab"], merges, { ignore_merges: true }) });
stages["BPE with prefix"] = file({ pre_tokenizer: split, model: bpe(["<unk>", "a", "b", "##a", "##b", "ab", "##ba", "abba", "##ab", "abab"], ["a ##b", "##b ##a", "ab ##ba", "##a ##b", "ab ##ab"], { continuing_subword_prefix: "##" }),
  decoder: { type: "WordPiece", prefix: "##", cleanup: true } });
stages["BPE with suffix"] = file({ pre_tokenizer: split, model: bpe(["<unk>", "a", "b", "a</w>", "b</w>", "ab", "ab</w>", "abab</w>"], ["a b", "a b</w>", "ab ab</w>"], { end_of_word_suffix: "</w>" }),
  decoder: { type: "BPEDecoder", suffix: "</w>" } });
const llama = bpe(["<unk>", ...Object.keys(bytes).slice(1), "▁", "a", "b", "t", "h", "e", "▁t", "he", "▁the", "ab"], ["▁ t", "h e", "▁t he", "a b"], { byte_fallback: true, fuse_unk: true });
stages["BPE as Llama 2"] = file({ model: llama, added_tokens: [added(0, "<unk>"), added(267, "<mask>"), added(268, "<pad>")],
  normalizer: { type: "Sequence", normalizers: [{ type: "Prepend", prepend: "▁" }, { type: "Replace", pattern: { String: " " }, content: "▁" }] },
  post_processor: { type: "TemplateProcessing", single: [{ SpecialToken: { id: "<mask>", type_id: 0 } }, { Sequence: { id: "A", type_id: 0 } }],
    pair: [{ SpecialToken: { id: "<mask>", type_id: 0 } }, { Sequence: { id: "A", type_id: 0 } }, { Sequence: { id: "B", type_id: 1 } }], special_tokens: { "<mask>": { id: "<mask>", ids: [267], tokens: ["<mask>"] } } },
  decoder: { type: "Sequence", decoders: [{ type: "Replace", pattern: { String: "▁" }, content: " " }, { type: "ByteFallback" }, { type: "Fuse" }, { type: "Strip", content: " ", start: 1, stop: 0 }] } });
stages["Metaspace with its decoder"] = file({ model: llama, pre_tokenizer: { type: "Metaspace", replacement: "▁", prepend_scheme: "first", split: false }, added_tokens: [added(267, "<mask>")],
  decoder: { type: "Metaspace", replacement: "▁", prepend_scheme: "first", split: false } });
stages["Strip without Fuse"] = file({ model: llama, decoder: { type: "Sequence", decoders: [{ type: "Replace", pattern: { String: "▁" }, content: " " }, { type: "Strip", content: " ", start: 1, stop: 0 }] } });

const pieces = { "<unk>": 0, a: 1, "##b": 2, "##a": 3, ab: 4, the: 5, don: 6, "'": 7, t: 8, ".": 9, "中": 10, "[CLS]": 11, "[SEP]": 12, "##ab": 13, "!": 14, "?": 15, ",": 16, "1": 17, "##2": 18 };
const wordPiece = { type: "WordPiece", unk_token: "<unk>", continuing_subword_prefix: "##", max_input_chars_per_word: 6, vocab: pieces };
const bert = { normalizer: { type: "BertNormalizer", clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase: true }, pre_tokenizer: { type: "BertPreTokenizer" }, model: wordPiece,
  decoder: { type: "WordPiece", prefix: "##", cleanup: true }, added_tokens: [added(0, "<unk>"), added(11, "[CLS]"), added(12, "[SEP]"), added(19, "<mask>")] };
stages["BERT"] = file({ ...bert, post_processor: { type: "BertProcessing", sep: ["[SEP]", 12], cls: ["[CLS]", 11] } });
stages["BERT with RoBERTa's ends"] = file({ ...bert, post_processor: { type: "RobertaProcessing", sep: ["[SEP]", 12], cls: ["[CLS]", 11], trim_offsets: true, add_prefix_space: true } });
stages["BERT without cleaning up"] = file({ ...bert, decoder: { type: "WordPiece", prefix: "##", cleanup: false } });
stages["words"] = file({ pre_tokenizer: { type: "Whitespace" }, model: { type: "WordLevel", vocab: { "<unk>": 0, the: 1, a: 2, "...": 3, "中文": 4 }, unk_token: "<unk>" } });
stages["a sequence of processors"] = file({ ...stages["byte level true true true"], added_tokens: [added(262, "<|endoftext|>")],
  post_processor: { type: "Sequence", processors: [{ type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true }, { type: "TemplateProcessing",
    single: [{ SpecialToken: { id: "<|endoftext|>", type_id: 0 } }, { Sequence: { id: "A", type_id: 0 } }], pair: [{ Sequence: { id: "A", type_id: 0 } }, { SpecialToken: { id: "<|endoftext|>", type_id: 1 } }, { Sequence: { id: "B", type_id: 2 } }],
    special_tokens: { "<|endoftext|>": { id: "<|endoftext|>", ids: [262], tokens: ["<|endoftext|>"] } } }] } });

const unigram = [["<unk>", 0], ["<s>", 0], ["</s>", 0], ["▁", -2.5], ["a", -3], ["b", -3.25], ["ab", -4], ["▁a", -4.5], ["ba", -5.75], ["▁the", -5], ["t", -6], ["h", -6.5], ["e", -4.25], ["he", -7], ["abab", -8.5], ["中", -9], ["1", -7.5], ["12", -8]];
const sentences = { normalizer: { type: "Precompiled", precompiled_charsmap }, added_tokens: [added(0, "<unk>"), added(1, "<s>"), added(2, "</s>"), added(unigram.length, "<mask>", { lstrip: true })],
  pre_tokenizer: { type: "Sequence", pretokenizers: [{ type: "WhitespaceSplit" }, { type: "Metaspace", replacement: "▁", prepend_scheme: "always", split: true }] },
  decoder: { type: "Metaspace", replacement: "▁", prepend_scheme: "always", split: true }, model: { type: "Unigram", unk_id: 0, vocab: unigram, byte_fallback: false },
  post_processor: { type: "TemplateProcessing", single: [{ SpecialToken: { id: "<s>", type_id: 0 } }, { Sequence: { id: "A", type_id: 0 } }, { SpecialToken: { id: "</s>", type_id: 0 } }],
    pair: [{ Sequence: { id: "A", type_id: 0 } }, { SpecialToken: { id: "</s>", type_id: 0 } }, { Sequence: { id: "B", type_id: 0 } }], special_tokens: { "<s>": { id: "<s>", ids: [1], tokens: ["<s>"] }, "</s>": { id: "</s>", ids: [2], tokens: ["</s>"] } } } };
stages["Unigram"] = file(sentences);
stages["Unigram on whole texts"] = file({ ...sentences, pre_tokenizer: { type: "Metaspace", replacement: "▁", prepend_scheme: "first", split: false } });
stages["Unigram with bytes"] = file({ ...sentences, added_tokens: [], post_processor: null, model: { type: "Unigram", unk_id: 0, vocab: [...unigram, ...Object.keys(bytes).slice(1).map(piece => [piece, -20])], byte_fallback: true },
  decoder: { type: "Sequence", decoders: [{ type: "ByteFallback" }, { type: "Metaspace", replacement: "▁", prepend_scheme: "always", split: true }] } });

for (const [name, flags] of Object.entries({ plain: {}, "single word": { single_word: true }, "left": { lstrip: true }, right: { rstrip: true }, both: { lstrip: true, rstrip: true }, normalized: { normalized: true, special: false }, "not special": { special: false } }))
  stages["added tokens " + name] = file({ normalizer: { type: "Lowercase" }, pre_tokenizer: split, added_tokens: [added(0, "<unk>"), added(1, "<mask>", flags), added(2, "ab", flags), added(3, "the", flags), added(4, "<mask><pad>", flags)] });

const cases = [];
for (const [name, json] of Object.entries(stages)) {

  const tokenizer = Tokenizer.fromString(JSON.stringify(json));
  const rows = [];
  for (let i = 0; i < texts.length; i++) {
    const pair = i % 4 === 3 ? texts[i - 1] : null;
    const encoding = await tokenizer.encode(texts[i], pair, { addSpecialTokens: i % 2 === 1 });
    const ids = encoding.getIds();
    rows.push([i, pair === null ? null : i - 1, ids, encoding.getOffsets().flat(), encoding.getTypeIds(), ids.length ? await tokenizer.decode(ids, false) : ""]);
  }
  cases.push([name, json, rows]);
}
writeFileSync(folder + "stages.json", JSON.stringify({ texts, cases }).replaceAll(']],["', ']],\n["').replaceAll(",[[0,null", ",\n[[0,null") + "\n");
