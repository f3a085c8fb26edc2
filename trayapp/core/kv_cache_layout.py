"""How vLLM packs what the layers keep into blocks: what a context of some length needs, and how long one may be.

Source of the formulas: vLLM's kv_cache_interface.py, kv_cache_utils.py and platforms/interface.py (0.6 to 0.33).
Layers that keep the same form a bucket; buckets are cut into groups of equal size, and each group takes its own
blocks from one pool. All pages have one size: the smaller ones hold more tokens.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from trayapp.core.kv_layers import KvKind, KvLayer
from trayapp.core.units import BLOCK_TOKENS, round_down

if TYPE_CHECKING:
    from trayapp.core.vllm_version import VllmVersion

_CPU_BLOCK_TOKENS = 128  # platforms/cpu.py
_LATENT_BLOCK_TOKENS = 64  # FlashMLA and its relatives; also the 16 of other kernels divide it
_GROUP_SLACK = 1.5  # buckets less unequal than this are filled up instead of cut


@dataclass(frozen=True, slots=True)
class CacheChoice:
    """What the layout depends on besides the model."""

    version: "VllmVersion"
    cache_bytes_each: float  # of one number of the cache
    model_bytes_each: int  # of one number of the model
    tensor_parallel_size: int = 1
    max_num_batched_tokens: int = 2048
    on_cpu: bool = False


@dataclass(frozen=True, slots=True)
class _Bucket:
    layer: KvLayer
    page_bytes: int  # of one block of one layer on one rank
    block_tokens: int


@dataclass(frozen=True, slots=True)
class KvCacheLayout:
    """The blocks of one model under one choice; all sizes are per GPU."""

    block_tokens: int
    block_bytes: int  # of one block of the pool
    groups: tuple[tuple[KvLayer, int, int], ...]  # layer, how many groups, tokens in a block
    tokens_in_flight: int
    blocks_held_back: int

    def blocks(self, tokens: int) -> int:
        """Return how many blocks of the pool one request of so many tokens takes."""
        return sum(count * self._blocks_of(layer, size, tokens) for layer, count, size in self.groups)

    def _blocks_of(self, layer: KvLayer, block_tokens: int, tokens: int) -> int:
        match layer.kind:
            case KvKind.SLIDING:
                kept = min(layer.window - 1 + self.tokens_in_flight, tokens)
                return -(-kept // block_tokens) + 1
            case KvKind.CHUNKED:
                return -(-min(layer.window + self.tokens_in_flight, tokens) // block_tokens)
            case KvKind.STATE:
                return 2  # the state and the one before it, for prefix caching
            case _:
                return -(-tokens // block_tokens)

    def bytes_for(self, tokens: int) -> int:
        """Return the bytes that one request of so many tokens takes."""
        return self.blocks(tokens) * self.block_bytes

    @property
    def bytes_per_token(self) -> float:
        """Bytes that each further token of a long context costs; 0 when nothing grows."""
        growing = (
            count / size
            for layer, count, size in self.groups
            if layer.kind in {KvKind.FULL, KvKind.LATENT, KvKind.INDEX}
        )
        return self.block_bytes * sum(growing)

    def largest_context(self, available_bytes: int, longest: int) -> int:
        """Return the longest context, up to longest, whose one request fits into so many bytes; 0 when none does."""
        blocks = available_bytes // self.block_bytes - self.blocks_held_back
        if blocks < self.blocks(1):
            return 0
        low, high = 1, longest
        while low < high:
            middle = (low + high + 1) // 2
            if self.blocks(middle) <= blocks:
                low = middle
            else:
                high = middle - 1
        return low if low == longest else max(low, round_down(low, self.block_tokens))

    def tokens(self, available_bytes: int, max_model_len: int) -> int:
        """Return the size of the cache in tokens: how many contexts of that length it holds, times the length."""
        blocks = max(0, available_bytes // self.block_bytes)
        return blocks * max_model_len // self.blocks(max_model_len)


def plan_layout(layers: tuple[KvLayer, ...], choice: CacheChoice) -> KvCacheLayout:
    """Return the layout of layers that keep something; layers must not be empty."""
    block = _block_tokens(layers, choice)
    buckets = [_Bucket(layer, _page_bytes(layer, block, choice), block) for layer in _merged(layers, choice)]
    attached = [bucket for bucket in buckets if bucket.layer.kind is KvKind.INDEX]
    buckets = [bucket for bucket in buckets if bucket.layer.kind is not KvKind.INDEX]
    if len(buckets) > 1 and all(bucket.layer.kind is KvKind.FULL for bucket in buckets):
        # All need the same blocks, so that one group holds them all and no page is padded.
        together = sum(bucket.page_bytes * bucket.layer.count for bucket in buckets)
        buckets = [replace(buckets[0], layer=replace(buckets[0].layer, count=1), page_bytes=together)]
    page = max(bucket.page_bytes for bucket in buckets)
    buckets = [_with_page(bucket, page) for bucket in buckets]
    counts = [bucket.layer.count for bucket in buckets]
    size = min(counts)
    if max(counts) < _GROUP_SLACK * size:
        size = max(counts)
    # An index key lies with the layer whose tokens it finds, in the same block.
    beside = sum(bucket.page_bytes * bucket.layer.count for bucket in attached)
    in_flight = choice.max_num_batched_tokens * (2 if choice.version.at_least(0, 28, 0) else 1)
    return KvCacheLayout(
        block_tokens=min(bucket.block_tokens for bucket in buckets),
        block_bytes=max(1, size * page + beside),
        groups=tuple((bucket.layer, -(-bucket.layer.count // size), bucket.block_tokens) for bucket in buckets),
        tokens_in_flight=in_flight,
        blocks_held_back=1 if choice.version.at_least(0, 29, 0) else 0,
    )


def _with_page(bucket: _Bucket, page: int) -> _Bucket:
    """Return the bucket with the page that all have: more tokens where that comes out even, else padding."""
    if bucket.layer.kind is not KvKind.STATE and page % bucket.page_bytes == 0:
        return replace(bucket, page_bytes=page, block_tokens=bucket.block_tokens * (page // bucket.page_bytes))
    return replace(bucket, page_bytes=page)


def _merged(layers: tuple[KvLayer, ...], choice: CacheChoice) -> tuple[KvLayer, ...]:
    """Return the layers as this version tells them apart: before 0.9.2 a window saved no memory."""
    if choice.version.at_least(0, 9, 2) or any(layer.kind is KvKind.STATE for layer in layers):
        return layers
    full = [
        replace(layer, kind=KvKind.FULL, window=0) if layer.kind in {KvKind.SLIDING, KvKind.CHUNKED} else layer
        for layer in layers
    ]
    if len(full) > 1 and all(replace(layer, count=0) == replace(full[0], count=0) for layer in full):
        return (replace(full[0], count=sum(layer.count for layer in full)),)
    return tuple(full)


def _block_tokens(layers: tuple[KvLayer, ...], choice: CacheChoice) -> int:
    latent = any(layer.kind is KvKind.LATENT for layer in layers)
    if choice.on_cpu:
        block = BLOCK_TOKENS if latent else _CPU_BLOCK_TOKENS
    else:
        block = _LATENT_BLOCK_TOKENS if latent else BLOCK_TOKENS
    states = [_page_bytes(layer, block, choice) for layer in layers if layer.kind is KvKind.STATE]
    tokens = [
        _page_bytes(layer, 1, choice) for layer in layers if layer.kind in {KvKind.FULL, KvKind.LATENT, KvKind.SLIDING}
    ]
    if not states or not tokens:
        return block
    # The page of attention is made as large as that of a state, in whole steps of the kernel's block.
    step = max(block, 128) if latent else block
    return max(block, step * -(-max(states) // (step * max(tokens))))


def _page_bytes(layer: KvLayer, block_tokens: int, choice: CacheChoice) -> int:
    ranks = choice.tensor_parallel_size
    match layer.kind:
        case KvKind.STATE:
            each = layer.state_bytes_each or choice.model_bytes_each
            return max(1, (layer.state_numbers * each + layer.conv_numbers * choice.model_bytes_each) // ranks)
        case KvKind.LATENT:
            return int(block_tokens * layer.key_size * choice.cache_bytes_each)
        case KvKind.INDEX:
            return block_tokens * layer.key_size
        case _:
            heads = max(1, layer.kv_heads // ranks)
            return int(block_tokens * heads * (layer.key_size + layer.value_size) * choice.cache_bytes_each)
