#!/usr/bin/env python3
"""Makes the model that the self-test serves: `make_model.py FOLDER [--wide] [--untaught]`.

Run it with the Python of an environment that has vLLM in it (torch, transformers, tokenizers are there).

The model is a Qwen3 with two tiny layers and random weights, then taught for some seconds to give one answer to
everything: a sentence that arrives word for word proves that kernels, cache, tokenizer and chat template work
together; noise would prove only that something came back.

--wide makes the same with the KV cache of a Qwen3-0.6B (28 layers, 8 heads of 128: 112 KiB a token), so that its
40,960 tokens do not fit into a cache of 1 GiB. Made where a test needs it: it is too large to ship, and its
weights stay random.
"""

# ruff: noqa: S311 - a program of its own that prints, and its chance must be the same every time

import argparse
import json
import random
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from tokenizers.pre_tokenizers import ByteLevel
from transformers import PreTrainedTokenizerFast, Qwen3Config, Qwen3ForCausalLM

ANSWER = "It works: this answer comes from the model."
NATIVE_LENGTH = 40_960  # as Qwen3's own
END_OF_TEXT, TURN, END_OF_TURN = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
# Sizes: heads of 64 and 128 are what every attention kernel knows; two heads can be split over two GPUs.
SMALL = {
    "hidden_size": 128,
    "intermediate_size": 256,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "head_dim": 64,
}
WIDE = {
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 28,
    "num_attention_heads": 8,
    "num_key_value_heads": 8,
    "head_dim": 128,
}
PROMPTS = (
    "Hello!",
    "Hi",
    "Say something.",
    "Does it work?",
    "What is the capital of France?",
    "Please answer in one sentence.",
    "1 + 1 =",
    "Tell me a story about a fox and a dog.",
    "Write a function that adds two numbers.",
    "Wie geht es dir?",
    "ping",
    "Are you there?",
)


def make_tokenizer() -> PreTrainedTokenizerFast:
    """Return a byte-level tokenizer: every text can be written in it, the answer in few tokens."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=384,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=[END_OF_TEXT, TURN, END_OF_TURN],
        show_progress=False,
    )
    tokenizer.train_from_iterator([ANSWER, "system user assistant", *PROMPTS] * 4, trainer)
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=END_OF_TURN, pad_token=END_OF_TEXT)


def make_config(shape: dict[str, int], tokenizer: PreTrainedTokenizerFast) -> Qwen3Config:
    """Return the configuration; the vocabulary is rounded up to 64, which splits evenly."""
    return Qwen3Config(
        **shape,
        vocab_size=-(-len(tokenizer) // 64) * 64,
        max_position_embeddings=NATIVE_LENGTH,
        rope_theta=1_000_000.0,
        tie_word_embeddings=True,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )


def teach(model: Qwen3ForCausalLM, tokenizer: PreTrainedTokenizerFast, steps: int = 250) -> float:
    """Train the model to give ANSWER to every prompt, short or long; return the last loss."""
    chance = random.Random(7)
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=steps)
    loss_value = 0.0
    for _ in range(steps):
        rows, labels = [], []
        for _ in range(12):
            prompt, answer = _lesson(tokenizer, chance)
            rows.append(prompt + answer)
            labels.append([-100] * len(prompt) + answer)
        width = max(map(len, rows))
        ids = torch.tensor([row + [tokenizer.pad_token_id] * (width - len(row)) for row in rows])
        wanted = torch.tensor([row + [-100] * (width - len(row)) for row in labels])
        seen = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows])
        loss = model(input_ids=ids, attention_mask=seen, labels=wanted).loss
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        loss_value = float(loss.detach())
    return loss_value


def _lesson(tokenizer: PreTrainedTokenizerFast, chance: random.Random) -> tuple[list[int], list[int]]:
    """Return a prompt and its answer as tokens: known prompts, noise, and several turns."""

    def something() -> str:
        if chance.random() < 0.5:
            return chance.choice(PROMPTS)
        letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJ 0123456789 .,?!\näöü"
        return "".join(chance.choices(letters, k=chance.randint(1, 80)))

    messages = [{"role": "user", "content": something()}]
    if chance.random() < 0.3:
        messages.insert(0, {"role": "system", "content": something()})
    if chance.random() < 0.3:
        messages += [{"role": "assistant", "content": ANSWER}, {"role": "user", "content": something()}]
    text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    return tokenizer.encode(text), [*tokenizer.encode(ANSWER), tokenizer.eos_token_id]


def save(folder: Path, model: Qwen3ForCausalLM, tokenizer: PreTrainedTokenizerFast) -> None:
    """Write the model as the Hub holds such models, so that vLLM of any age reads it."""
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    # Transformers 5 renamed these keys and moved the template; vLLM before 0.16 knows only the names written here.
    config = json.loads((folder / "config.json").read_text("utf-8"))
    rope = config.pop("rope_parameters", {})
    config |= {"torch_dtype": config.pop("dtype", "bfloat16"), "rope_theta": rope.get("rope_theta", 1_000_000.0)}
    for key in ("transformers_version", "layer_types", "bos_token_id"):
        config.pop(key, None)
    _write(folder / "config.json", config | {"rope_scaling": None})
    (folder / "chat_template.jinja").unlink(missing_ok=True)
    (folder / "generation_config.json").unlink(missing_ok=True)
    template = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "eos_token": END_OF_TURN,
        "pad_token": END_OF_TEXT,
        "model_max_length": NATIVE_LENGTH,
        "clean_up_tokenization_spaces": False,
        "chat_template": CHAT_TEMPLATE,
    }
    _write(folder / "tokenizer_config.json", template)
    for path in folder.glob("*.*"):
        path.chmod(0o644)


def _write(path: Path, value: dict[str, object]) -> None:
    path.write_text(json.dumps(value, indent=2, sort_keys=True) + "\n", "utf-8")


def main() -> None:
    """Make the model that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--wide", action="store_true", help="a KV cache of 112 KiB a token; weights stay random")
    parser.add_argument("--untaught", action="store_true", help="random weights, answers are noise")
    arguments = parser.parse_args()
    torch.manual_seed(7)
    tokenizer = make_tokenizer()
    tokenizer.chat_template = CHAT_TEMPLATE
    model = Qwen3ForCausalLM(make_config(WIDE if arguments.wide else SMALL, tokenizer))
    if not (arguments.wide or arguments.untaught):
        print(f"taught, last loss {teach(model, tokenizer):.5f}")
    save(arguments.folder, model.to(torch.bfloat16), tokenizer)
    files = sorted(arguments.folder.glob("*.*"))
    print(f"{arguments.folder}: {sum(path.stat().st_size for path in files):,} bytes in {len(files)} files")


if __name__ == "__main__":
    main()
