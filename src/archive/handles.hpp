// Private to src/archive: the only header that sees HDF5.
#pragma once
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>

#include <hdf5.h>

namespace attnsweep::archive {

/// A failed HDF5 call: its name and the innermost message of the library's error stack.
struct Hdf5Error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Throws Hdf5Error with the innermost message of the error stack.
[[noreturn]] void throw_hdf5_error(const char* call);

/// The result of an HDF5 call, which is negative when it failed.
template <class T>
T checked(T result, const char* call) {
  if (result < 0) throw_hdf5_error(call);
  return result;
}

/// Owns one identifier.
class Handle {
 public:
  using Close = herr_t (*)(hid_t);
  Handle() = default;
  Handle(hid_t id, Close closer, const char* call) : id_(checked(id, call)), close_(closer) {}
  Handle(Handle&& other) noexcept
      : id_(std::exchange(other.id_, H5I_INVALID_HID)), close_(other.close_) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(id_, other.id_);
    std::swap(close_, other.close_);
    return *this;
  }
  ~Handle() {
    if (id_ >= 0) close_(id_);
  }
  hid_t get() const { return id_; }
  /// Closes now, so that a failure is seen.
  void close(const char* call) { checked(close_(std::exchange(id_, H5I_INVALID_HID)), call); }

 private:
  hid_t id_ = H5I_INVALID_HID;
  Close close_ = nullptr;
};

/// One thread at a time is inside HDF5, and the library prints nothing.
class Hdf5Guard {
 public:
  Hdf5Guard();

 private:
  std::unique_lock<std::recursive_mutex> lock_;
};

Handle new_property_list(hid_t kind);
Handle text_type(std::size_t size);
Handle open_dataset(hid_t file, const std::string& path);

}  // namespace attnsweep::archive
