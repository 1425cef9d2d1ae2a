#pragma once
// Private to src/model.
#include <cstddef>
#include <new>

namespace attnsweep::model {

/// Allocator of memory that begins at a cache line: a vector register that is loaded from it never
/// takes two. New entries of a std::vector are not set to 0.
template <class T>
struct CacheLines {
  using value_type = T;
  static constexpr std::align_val_t kLine{64};
  CacheLines() = default;
  template <class U>
  CacheLines(const CacheLines<U>&) {}
  T* allocate(std::size_t n) { return static_cast<T*>(::operator new(n * sizeof(T), kLine)); }
  void deallocate(T* p, std::size_t) { ::operator delete(p, kLine); }
  template <class U>
  void construct(U* p) {
    ::new (static_cast<void*>(p)) U;
  }
  bool operator==(const CacheLines&) const = default;
};

}  // namespace attnsweep::model
