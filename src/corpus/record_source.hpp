#pragma once
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.hpp"
#include "corpus/file_format.hpp"

namespace attnsweep::corpus {

/// A record longer than this is no text but a file of another kind; it must not fill the memory.
constexpr std::size_t max_record_bytes = std::size_t{64} << 20;

/// Where a record begins: its number in the file from 0, its line from 1 (0: the format has no
/// lines) and its byte in the decoded file.
struct Mark {
  std::int64_t number = 0, line = 0, byte = 0;
  bool operator==(const Mark&) const = default;
};

/// What a field of a record holds. `text` is a string's characters, a number in some decimal, else
/// JSON. A cell is an untyped text (of CSV).
struct FieldValue {
  enum class Kind { missing, null, boolean, integer, real, string, array, object, bytes, cell };
  Kind kind = Kind::missing;
  std::string_view text;  ///< valid until the source moves on
};

/// A kind for a message: "a string".
const char* describe(FieldValue::Kind kind);

/// The fields that are wanted of every record.
struct Wanted {
  static constexpr std::size_t nowhere = std::numeric_limits<std::size_t>::max();
  std::vector<std::string> names;
  std::size_t text = nowhere;  ///< the one that plain text fills
};

/// Reads the records of one file forward. Errors are InputErrors that name the file.
class RecordSource {
 public:
  virtual ~RecordSource() = default;

  /// Moves to the next record; false at the end of the file.
  virtual bool next() = 0;
  /// The wanted fields of this record, one a name. A problem of the whole record is returned in
  /// words ("is no valid JSON …"); `values` are missing then.
  virtual std::string scan(std::vector<FieldValue>& values) = 0;
  /// Fields that this record has, for a message; empty where the format has no fields.
  virtual std::string names() = 0;
  /// All of them, in their order; of plain text `text`.
  virtual std::vector<std::string> all_names() = 0;

  /// Whether `seek` may be called.
  virtual bool seekable() const = 0;
  /// Moves before a record by what `at` said of it; its number alone is enough for tables.
  virtual void seek(const Mark& mark) = 0;

  /// Of the record that `next` moved to.
  const Mark& at() const { return at_; }
  /// Its size in the decoded file; of a table's its share of its part.
  std::int64_t n_bytes() const { return n_bytes_; }
  /// Number of the record that `next` moves to.
  std::int64_t next_number() const { return next_number_; }

 protected:
  Mark at_;
  std::int64_t n_bytes_ = 0, next_number_ = 0;
};

/// "a.jsonl:17" or, without lines, "a.parquet: record 16".
std::string place_of(const CorpusFile& file, const Mark& mark);

/// Opens a file. Where `digest` is given, it has taken every stored byte by the time `next` answers
/// false.
std::unique_ptr<RecordSource> open_records(const CorpusFile& file, const Wanted& wanted,
                                           Digest* digest = nullptr);

}  // namespace attnsweep::corpus
