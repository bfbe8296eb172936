"""Writes spm_small.json: two small models that SentencePiece's spm_train made, and what spm_encode and spm_decode give with them.

Run:  python3 make_spm_small.py      (needs spm_train, spm_encode and spm_decode of SentencePiece 0.1.97)
"""
import base64
import json
import os
import subprocess
import tempfile

TRAINING = [
    "You are welcome.", "De nada.", "Where is the library?", "¿Dónde está la biblioteca?", "I am hungry.", "Tengo hambre.",
    "The library is here, isn't it?", "La biblioteca está aquí, ¿no?", "He was there in 1984.", "Estuvo allí en 1984.",
    "low lower lowest new newer newest wide wider widest", "niño niña niños niñas", "the the the there then them these those",
    "图书馆在这里吗？", "图书馆在哪里？", "我很饿。",
]
TEXTS = TRAINING + [
    "the lowest  of the\tnew", "  spaces before", "and behind  ", "unknown: ж and 😀 ж", "▁ literal", "<b>bold</b> the", "Straße ﬁn",
    "图书馆the library", "a", "", "1984年", "e\u0301 é", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
]
MODELS = {
    "unigram": ["--model_type=unigram", "--user_defined_symbols=<b>"],
    "bpe": ["--model_type=bpe", "--byte_fallback"],
}


def run(folder, *command, text=""):
    return subprocess.run(command, cwd=folder, input=text, capture_output=True, text=True, check=True, encoding="utf-8").stdout


result = []
with tempfile.TemporaryDirectory() as folder:
    with open(os.path.join(folder, "corpus.txt"), "w", encoding="utf-8") as file:
        file.write("\n".join(TRAINING * 4) + "\n")
    for name, options in MODELS.items():
        # The model keeps these names, so they name no place.
        run(folder, "spm_train", "--input=corpus.txt", f"--model_prefix={name}", "--vocab_size=360" if name == "bpe" else "--vocab_size=150",
            "--hard_vocab_limit=false", "--normalization_rule_name=identity", "--minloglevel=2", *options)
        path = name + ".model"
        ids = run(folder, "spm_encode", f"--model={path}", "--output_format=id", text="\n".join(TEXTS) + "\n").split("\n")[:-1]
        decoded = run(folder, "spm_decode", f"--model={path}", "--input_format=id", text="\n".join(ids) + "\n").split("\n")[:-1]
        with open(os.path.join(folder, path), "rb") as file:
            model = base64.b64encode(file.read()).decode("ascii")
        result.append({"name": name, "model": model, "cases": [
            {"text": text, "ids": [int(part) for part in line.split()], "decoded": back} for text, line, back in zip(TEXTS, ids, decoded, strict=True)]})

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "spm_small.json"), "w", encoding="utf-8", newline="\n") as file:
    json.dump(result, file, ensure_ascii=False, indent=1)
    file.write("\n")
