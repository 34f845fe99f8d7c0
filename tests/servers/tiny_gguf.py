"""A tiny random language model in a GGUF file: a real engine can run it, and what it says means nothing."""

from pathlib import Path

import gguf
import numpy as np
import numpy.typing as npt

PAIRS = "t h,h e,i n,e r,a n,r e,o n,a t,e n,n d,t i,e s,o r,t e,o f,e d"
MERGES = PAIRS.split(",")
CONTROL = ("<s>", "</s>", "<|turn|>", "<|end|>")
CHAT_TEMPLATE = (
    "{% for m in messages %}{{ '<|turn|>' + m['role'] + '\\n' + m['content'] + '<|end|>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|turn|>assistant\\n' }}{% endif %}"
)
WIDTH, HEADS, HIDDEN, LAYERS = 64, 4, 128, 2
LIKELY = 0.8
HINT = 0.3
CARRIER = 8.0
"""Hidden dimension 0 of every token: no layer writes to it, so that it reaches the output as a constant."""


def write_tiny_gguf(path: Path, *, seed: int = 7, context: int = 4096) -> Path:
    """Return the path of a new GGUF file: two layers, 276 tokens, seeded weights, under 1 MB.

    Output row v is (bias(v), random …) and hidden dimension 0 is a constant c > 0, so logit(v) = c·bias(v) + noise:
    printable characters are likely, control bytes and parts of UTF-8 sequences are not. Besides, each likely token
    hints at a successor, in one long cycle through all of them: greedy text moves on instead of repeating itself, and
    a JSON string ends when the cycle comes by the quotation mark.

    Args:
        path: Where to write; an existing file is replaced.
        seed: Of the weights.
        context: The context length in tokens that the file claims.
    """
    rng = np.random.default_rng(seed)
    tokens = [*_byte_letters(), *(merge.replace(" ", "") for merge in MERGES), *CONTROL]
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("tiny-random")
    writer.add_context_length(context)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(HIDDEN)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(len(tokens))
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    _add_tokenizer(writer, tokens)
    for name, weights in _tensors(tokens, rng).items():
        writer.add_tensor(name, weights)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _add_tokenizer(writer: gguf.GGUFWriter, tokens: list[str]) -> None:
    """Write the byte-level BPE vocabulary, its merges, the control tokens and the chat template."""
    first_control = len(tokens) - len(CONTROL)
    types = [gguf.TokenType.NORMAL if i < first_control else gguf.TokenType.CONTROL for i in range(len(tokens))]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    writer.add_token_merges(MERGES)
    writer.add_bos_token_id(tokens.index("<s>"))
    writer.add_eos_token_id(tokens.index("</s>"))
    writer.add_eot_token_id(tokens.index("<|end|>"))
    writer.add_add_bos_token(True)
    writer.add_chat_template(CHAT_TEMPLATE)


def _tensors(tokens: list[str], rng: np.random.Generator) -> dict[str, npt.NDArray[np.float32]]:
    """Return every weight by its GGUF name; the rows that would write to hidden dimension 0 are zero."""

    def random(rows: int, columns: int, scale: float) -> npt.NDArray[np.float32]:
        return rng.normal(0.0, scale, (rows, columns)).astype(np.float32)

    embedding, output = random(len(tokens), WIDTH, 0.5), random(len(tokens), WIDTH, 0.1)
    embedding[:, 0] = CARRIER
    likely = np.array([index for index, token in enumerate(tokens) if _bias(token) >= LIKELY])
    cycle = rng.permutation(likely)
    output[np.roll(cycle, -1)] += HINT * embedding[cycle]
    output[:, 0] = [_bias(token) for token in tokens]
    ones = np.ones(WIDTH, dtype=np.float32)
    tensors = {"token_embd.weight": embedding, "output.weight": output, "output_norm.weight": ones}
    for layer in range(LAYERS):
        block = f"blk.{layer}."
        attention, down = random(WIDTH, WIDTH, 0.03), random(WIDTH, HIDDEN, 0.03)
        attention[0], down[0] = 0.0, 0.0
        tensors |= {
            block + "attn_norm.weight": ones,
            block + "attn_q.weight": random(WIDTH, WIDTH, 0.1),
            block + "attn_k.weight": random(WIDTH, WIDTH, 0.1),
            block + "attn_v.weight": random(WIDTH, WIDTH, 0.1),
            block + "attn_output.weight": attention,
            block + "ffn_norm.weight": ones,
            block + "ffn_gate.weight": random(HIDDEN, WIDTH, 0.1),
            block + "ffn_up.weight": random(HIDDEN, WIDTH, 0.1),
            block + "ffn_down.weight": down,
        }
    return tensors


def _bias(token: str) -> float:
    """Return how likely a token should be: letters and what closes JSON most, what cannot be shown least."""
    if token in CONTROL:
        return 0.0 if token == "<|end|>" else -3.0
    if token in "}]":
        return 0.7
    if token in ('"', "Ġ") or (token.isascii() and token.islower()):  # Ġ is the space
        return LIKELY
    return 0.3 if token.isascii() and token.isprintable() else -3.0


def _byte_letters() -> list[str]:
    """Return the 256 letters by which byte-level BPE writes the 256 bytes (the table of GPT-2)."""
    shown = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    hidden = iter(range(256, 512))
    return [chr(byte) if byte in shown else chr(next(hidden)) for byte in range(256)]
