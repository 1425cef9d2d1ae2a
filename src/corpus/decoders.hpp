#pragma once
#include <filesystem>
#include <memory>

#include "corpus/byte_source.hpp"

namespace attnsweep::corpus {

/// Decoders over the stored bytes of a file. Each reads `stored` to its end before its own `read`
/// answers 0, and refuses what is truncated, damaged or of another kind with an InputError that
/// names `file`.
std::unique_ptr<ByteSource> decode_gzip(std::filesystem::path file,
                                        std::unique_ptr<ByteSource> stored);
std::unique_ptr<ByteSource> decode_zstd(std::filesystem::path file,
                                        std::unique_ptr<ByteSource> stored);
std::unique_ptr<ByteSource> decode_xz(std::filesystem::path file,
                                      std::unique_ptr<ByteSource> stored);

}  // namespace attnsweep::corpus
