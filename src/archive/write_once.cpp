#include "archive/write_once.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "base/error.hpp"
#include "base/files.hpp"

namespace attnsweep::archive {
namespace {

// Closes the file and, unless it was renamed, removes it.
struct Temporary {
  std::filesystem::path path;
  int fd = -1;
  bool keep = false;

  int close() {
    const int status = fd < 0 ? 0 : ::close(fd);
    fd = -1;
    return status;
  }
  ~Temporary() {
    close();
    if (!keep) ::unlink(path.c_str());
  }
};

void write_all(int fd, std::string_view bytes, const std::string& name) {
  while (!bytes.empty()) {
    const auto n = ::write(fd, bytes.data(), bytes.size());
    if (n > 0)
      bytes.remove_prefix(static_cast<std::size_t>(n));
    else if (n == 0 || errno != EINTR)
      throw StopError(false, name + ": cannot be written: " + std::strerror(n == 0 ? EIO : errno));
  }
}

// Compares what the file system gives back with what was written.
void compare(int fd, std::string_view bytes, const std::string& name) {
  std::vector<char> buffer(1 << 20);
  for (;;) {
    const auto n = ::read(fd, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw StopError(false, name + ": cannot be read back: " + std::strerror(errno));
    const auto size = static_cast<std::size_t>(n);
    if (size == 0 && bytes.empty()) return;
    if (size == 0 || size > bytes.size() ||
        !std::equal(buffer.begin(), buffer.begin() + n, bytes.begin()))
      throw StopError(false, name + ": reads back other bytes than were written");
    bytes.remove_prefix(size);
  }
}

}  // namespace

void write_once(const std::filesystem::path& file, std::string_view bytes) {
  const auto name = file.string();
  const auto stop = [&](const char* what) {
    const int error = errno;
    throw StopError(false, name + ": " + what + ": " + std::strerror(error));
  };
  std::error_code unused;
  if (std::filesystem::exists(file, unused))
    throw StopError(false, name + ": exists already, and what is written is never edited");
  std::string hidden = ".";
  hidden.append(file.filename().string()).append(".tmp-");
  hidden.append(std::to_string(static_cast<long>(::getpid())));
  Temporary temporary{file.parent_path() / hidden, -1, false};
  ::unlink(temporary.path.c_str());  // of a killed process that had our number
  temporary.fd = ::open(temporary.path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (temporary.fd < 0) {
    temporary.keep = true;
    stop("cannot be made");
  }
  write_all(temporary.fd, bytes, name);
  if (::fsync(temporary.fd) != 0) stop("cannot be synced to disk");
  // Asks the kernel to forget its copy, so that the comparison reads the disk where it can.
  ::posix_fadvise(temporary.fd, 0, 0, POSIX_FADV_DONTNEED);
  if (temporary.close() != 0) stop("cannot be closed");
  temporary.fd = ::open(temporary.path.c_str(), O_RDONLY | O_CLOEXEC);
  if (temporary.fd < 0) stop("cannot be opened again");
  compare(temporary.fd, bytes, name);
  if (::rename(temporary.path.c_str(), file.c_str()) != 0) stop("cannot be renamed");
  temporary.path = file;  // still removed when the folder cannot be synced
  sync_path(file.parent_path());
  temporary.keep = true;
}

}  // namespace attnsweep::archive
