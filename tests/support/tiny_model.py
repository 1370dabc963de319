"""A language model small enough to check by hand: random weights and a vocabulary of a few hundred tokens."""

import numpy as np
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from utils.prompting import LanguageModel

_TEXT = (
    "Review: a fine film, funny and sad.\nSentiment: positive\n\n"
    "Review: not so good, not so bad.\nSentiment: negative\n"
    "Decide whether the review is positive or negative. This is really very good. That was really very bad and sad. "
)

HEAD = "Decide whether the review is positive or negative.\n\nReview: "
TEXTS = ["a fine film", "not so good, really very bad", "sad", "fine, funny and really very good and so sad", "x"]
PROMPTS = [f"{HEAD}{text}\nSentiment:" for text in TEXTS]
WORDS = [" positive", " negative"]
PHRASES = [" good", " not so good", " not so bad", " not"]
CHAT_TEMPLATE = "{% for m in messages %}<{{ m.role }}>{{ m.content }}\n{% endfor %}<assistant>"


def tiny_model(seed: int = 0, context_length: int = 128, remember: bool = False, **settings) -> LanguageModel:
    """Two layers of Llama with grouped heads, random weights and a byte-level vocabulary trained on a few sentences."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=["<s>", "</s>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([_TEXT] * 4, trainer)
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>")
    fast.chat_template = settings.pop("chat_template", None)
    config = LlamaConfig(
        vocab_size=len(fast),
        hidden_size=settings.pop("hidden", 32),
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=context_length,
        tie_word_embeddings=True,
        initializer_range=0.4,  # far from uniform, so that a wrong token or position shows
        **settings,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return LanguageModel(LlamaForCausalLM(config), fast, "tiny", remember=remember)


@torch.inference_mode()
def plain_scores(language_model: LanguageModel, prompts: list[str], labels: list[str]) -> np.ndarray:
    """The definition: each prompt is run with each label by itself, as a whole."""
    model, tokenizer = language_model.model, language_model.tokenizer
    scores = np.empty((len(prompts), len(labels)))
    for row, prompt in enumerate(prompts):
        context = tokenizer(prompt).input_ids or [tokenizer.bos_token_id]
        for column, label in enumerate(labels):
            whole = tokenizer(prompt + label).input_ids if prompt else context + tokenizer(label).input_ids
            assert whole[: len(context)] == context, "choose prompts that end at a token boundary"
            log_p = torch.log_softmax(model(torch.tensor([whole])).logits[0].double(), dim=-1)
            scores[row, column] = sum(float(log_p[at - 1, whole[at]]) for at in range(len(context), len(whole)))
    return scores
