// Private to src/archive: JSON text that carries a checksum of its own bytes.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace attnsweep::archive {

/// {"check":"<16 hex>","<what>":<payload>}: check is keyed_hash(key, payload) in hexadecimal.
std::string with_check(std::uint64_t key, std::string_view what, std::string_view payload);

/// The payload of such a text. Throws std::runtime_error saying what is wrong: another form
/// ("is no line of a journal") or a checksum that differs ("checksum is …, the line says …").
std::string_view checked_payload(std::uint64_t key, std::string_view what, std::string_view text);

}  // namespace attnsweep::archive
