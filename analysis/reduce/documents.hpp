#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

namespace attnsweep::reduce {

/// How documents become sampling units (measurement.md section 4).
struct UnitRule {
  std::int64_t max_units = 4096;  ///< more documents than this are grouped at random
  std::uint64_t seed = 0;
  bool by_document = false;  ///< weights: document, every sum divided by n_c
};

/// Names of the documents of a corpus, shared by every model that read it; numbers are given in
/// the order of first sight and mean nothing. About 20 bytes a document beside its name.
class Documents {
 public:
  explicit Documents(const UnitRule& rule = {}) : rule_(rule) {}
  const UnitRule& rule() const { return rule_; }
  std::uint32_t number(std::string_view id);
  std::string_view id(std::uint32_t number) const;
  std::size_t size() const { return starts_.size(); }
  /// H(seed, id) mod max_units; defined once there are more documents than max_units.
  std::uint32_t group(std::uint32_t number) const { return groups_[number]; }

 private:
  void grow_slots();
  void add_group(std::uint32_t number);

  UnitRule rule_;
  /// The names end to end, in blocks that are never moved: one large buffer would be copied, and
  /// exist twice, at every growth.
  std::vector<std::vector<char>> blocks_;
  struct Start {
    std::uint32_t block, offset, length;
  };
  std::vector<Start> starts_;
  std::vector<std::uint32_t> slots_;  ///< open addressing over the names: number + 1, or 0
  std::vector<std::uint32_t> groups_;
};

}  // namespace attnsweep::reduce
