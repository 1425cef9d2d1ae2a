"""BERT and the encoders that read its positions and layers as they are."""
import torch
from transformers import (AlbertConfig, AlbertForMaskedLM, BertConfig, BertForMaskedLM, BertModel,
                          DistilBertConfig, DistilBertForMaskedLM, DistilBertModel, ElectraConfig,
                          ElectraForPreTraining, ElectraModel, RobertaConfig,
                          RobertaForSequenceClassification, RobertaModel)

from .common import Model

SIZE = dict(vocab_size=60, hidden_size=24, num_hidden_layers=3, num_attention_heads=3,
            intermediate_size=40, max_position_embeddings=40, initializer_range=0.35)
DISTIL = dict(vocab_size=60, dim=24, n_layers=3, n_heads=3, hidden_dim=40,
              max_position_embeddings=40, initializer_range=0.35)
F32, F16, BF16, F64 = torch.float32, torch.float16, torch.bfloat16, torch.float64
# Tests of packs take three sequences and a model that is stored as it is run.
THREE = (8, 13, 21)


def bert(**switches):
    return BertConfig(**SIZE, **switches)


MODELS = {
    "bert_gelu": Model(BertModel, bert(), F32, lengths=THREE),
    "bert_gelu_new_head": Model(BertForMaskedLM, bert(hidden_act="gelu_new"), F32, "gamma"),
    "bert_relu_f16": Model(BertModel, bert(hidden_act="relu"), F16),
    "bert_silu_bf16_sharded": Model(BertModel, bert(hidden_act="silu"), BF16, "sharded"),
    "distilbert_head": Model(DistilBertForMaskedLM, DistilBertConfig(**DISTIL), F16),
    "distilbert_sinusoidal_relu": Model(
        DistilBertModel, DistilBertConfig(**DISTIL, activation="relu", sinusoidal_pos_embds=True),
        F32),
    "roberta_f64": Model(
        RobertaModel, RobertaConfig(**SIZE, type_vocab_size=1, layer_norm_eps=1e-5), F64),
    "roberta_head_tanh": Model(
        RobertaForSequenceClassification,
        RobertaConfig(**SIZE, type_vocab_size=1, hidden_act="gelu_pytorch_tanh", pad_token_id=3),
        F16, lengths=THREE),
    "electra_projected": Model(ElectraModel, ElectraConfig(**SIZE, embedding_size=16)),
    "electra_square_head": Model(ElectraForPreTraining, ElectraConfig(**SIZE, embedding_size=24)),
    "albert_head": Model(AlbertForMaskedLM, AlbertConfig(**SIZE, embedding_size=16)),
    "albert_groups": Model(
        AlbertForMaskedLM,
        AlbertConfig(**{**SIZE, "num_hidden_layers": 4, "num_attention_heads": 2},
                     embedding_size=24, num_hidden_groups=2, inner_group_num=2, hidden_act="gelu")),
}
