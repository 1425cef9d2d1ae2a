#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace attnsweep::archive {

/// Value of an attribute.
using AttributeValue = std::variant<std::string, double, std::int64_t, std::vector<double>>;
using Attributes = std::vector<std::pair<std::string, AttributeValue>>;

/// Builds in memory an HDF5 file (format bounds V110; shuffle + deflate + fletcher32 on every
/// dataset) that is at the same time netCDF-4: named dimensions, dimension scales. Numbers are
/// IEEE float64, texts fixed-length UTF-8. A group is a path such as "model/corpus", made on first
/// use; "" is the root. Throws StopError naming the file when HDF5 fails (memory).
class NetcdfBuilder {
 public:
  /// `name` is for messages only.
  explicit NetcdfBuilder(std::string name);
  ~NetcdfBuilder();

  void attributes(const std::string& group, const Attributes& attributes);

  /// A dimension of the group with its coordinates: a variable of the same name.
  void dimension(const std::string& group, const std::string& name,
                 std::span<const double> coordinates, const Attributes& attributes);
  void dimension(const std::string& group, const std::string& name,
                 const std::vector<std::string>& labels, const Attributes& attributes);

  /// A variable over dimensions of the same group, in row-major order.
  void variable(const std::string& group, const std::string& name,
                const std::vector<std::string>& dimensions, std::span<const double> values,
                const Attributes& attributes);
  void variable(const std::string& group, const std::string& name,
                const std::vector<std::string>& dimensions, const std::vector<std::string>& values,
                const Attributes& attributes);

  /// Closes the file and gives its bytes. Nothing can be added after.
  std::string close();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Reads a file that NetcdfBuilder made, from its bytes. Throws ArchiveError naming the file, the
/// dataset and what is wrong.
class NetcdfReader {
 public:
  /// `name` is for messages only.
  NetcdfReader(std::string name, std::string_view bytes);
  ~NetcdfReader();
  NetcdfReader(NetcdfReader&&) noexcept;

  const std::string& name() const;
  bool has_attribute(const std::string& group, const std::string& attribute) const;
  std::string text_attribute(const std::string& group, const std::string& attribute) const;
  std::int64_t integer_attribute(const std::string& group, const std::string& attribute) const;

  bool has_variable(const std::string& path) const;
  std::vector<std::size_t> shape(const std::string& path) const;
  /// Rows [first, first + count) of the first dimension.
  std::vector<double> numbers(const std::string& path, std::size_t first, std::size_t count) const;
  std::vector<std::string> texts(const std::string& path, std::size_t first,
                                 std::size_t count) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// `text` as it can be stored: NUL (which ends a stored text) becomes U+2400, and bytes that are no
/// UTF-8 become U+FFFD. Every other text is stored as it is.
std::string storable_text(std::string_view text);

}  // namespace attnsweep::archive
