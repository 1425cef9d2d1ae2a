#include "exchange/csv_table.hpp"

#include <cerrno>
#include <cstring>
#include <exception>
#include <fstream>

#include <csv.h>

#include "base/error.hpp"

namespace attnsweep::exchange {
namespace {

struct Reading {
  const std::filesystem::path& file;
  const std::function<void(const std::vector<std::string>&)>& header;
  const std::function<void(const std::vector<std::string>&, std::int64_t)>& row;
  std::vector<std::string> fields;
  std::size_t n_columns = 0;
  std::int64_t record = 0;
  std::exception_ptr error;  // carried over libcsv's C frames

  void end_of_record() {
    ++record;
    if (record == 1) {
      n_columns = fields.size();
      header(fields);
    } else if (fields.size() != n_columns) {
      throw InputError(file.string() + ": record " + std::to_string(record) + ": " +
                       std::to_string(fields.size()) + " fields, the header has " +
                       std::to_string(n_columns));
    } else {
      row(fields, record);
    }
    fields.clear();
  }
};

void on_field(void* text, std::size_t length, void* data) {
  auto& reading = *static_cast<Reading*>(data);
  if (reading.error) return;
  reading.fields.emplace_back(static_cast<const char*>(text), length);
}

void on_record(int, void* data) {
  auto& reading = *static_cast<Reading*>(data);
  if (reading.error) return;
  try {
    reading.end_of_record();
  } catch (...) {
    reading.error = std::current_exception();
  }
}

class Parser {
 public:
  Parser() {
    require(csv_init(&native, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL) == 0,
            "csv_init failed");
  }
  ~Parser() { csv_free(&native); }
  Parser(const Parser&) = delete;
  csv_parser native;
};

}  // namespace

void read_csv(const std::filesystem::path& file,
              const std::function<void(const std::vector<std::string>&)>& header,
              const std::function<void(const std::vector<std::string>&, std::int64_t)>& row) {
  std::ifstream in(file, std::ios::binary);
  if (!in || std::filesystem::is_directory(file))
    throw InputError(file.string() + ": cannot be opened: " + std::strerror(in ? EISDIR : errno));
  Reading reading{file, header, row, {}, 0, 0, {}};
  Parser parser;
  const auto broken = [&] {
    return InputError(file.string() + ": record " + std::to_string(reading.record + 1) +
                      ": not CSV: " + csv_strerror(csv_error(&parser.native)));
  };
  std::vector<char> buffer(1 << 18);
  while (in) {
    in.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    const auto n = static_cast<std::size_t>(in.gcount());
    const auto parsed = csv_parse(&parser.native, buffer.data(), n, on_field, on_record, &reading);
    if (reading.error) std::rethrow_exception(reading.error);
    if (parsed != n) throw broken();
  }
  if (csv_fini(&parser.native, on_field, on_record, &reading) != 0) throw broken();
  if (reading.error) std::rethrow_exception(reading.error);
  if (reading.record == 0)
    throw InputError(file.string() + ": is empty; the first line must name the columns");
}

}  // namespace attnsweep::exchange
