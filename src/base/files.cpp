#include "base/files.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>

#include <fcntl.h>
#include <unistd.h>

#include "base/error.hpp"

namespace attnsweep {
namespace {

[[noreturn]] void stop(const std::filesystem::path& path, const std::string& what, int error) {
  throw StopError(false, path.string() + ": " + what + ": " + std::strerror(error));
}

}  // namespace

std::string read_file(const std::filesystem::path& file) {
  std::error_code error;
  if (std::filesystem::is_directory(file, error))
    throw InputError(file.string() + ": is a folder, a file was expected");
  std::ifstream in(file, std::ios::binary);
  if (!in) throw InputError(file.string() + ": cannot be opened: " + std::strerror(errno));
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (in.bad()) throw InputError(file.string() + ": cannot be read: " + std::strerror(errno));
  return text;
}

void sync_path(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) stop(path, "cannot be opened to be synced", errno);
  const int status = ::fsync(fd);
  const int error = errno;
  ::close(fd);
  if (status != 0) stop(path, "cannot be synced to disk", error);
}

void write_file_durably(const std::filesystem::path& file, std::string_view text) {
  const std::filesystem::path temporary =
      file.string() + ".tmp" + std::to_string(static_cast<long>(::getpid()));
  const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0) stop(file, "cannot be written", errno);
  int error = 0;
  for (std::size_t done = 0; done < text.size() && error == 0;) {
    const auto n = ::write(fd, text.data() + done, text.size() - done);
    if (n > 0)
      done += static_cast<std::size_t>(n);
    else if (n < 0 && errno != EINTR)
      error = errno;
    else if (n == 0)
      error = EIO;
  }
  if (error == 0 && ::fsync(fd) != 0) error = errno;
  if (::close(fd) != 0 && error == 0) error = errno;
  if (error == 0 && ::rename(temporary.c_str(), file.c_str()) != 0) error = errno;
  if (error != 0) {
    ::unlink(temporary.c_str());
    stop(file, "cannot be written", error);
  }
  const auto folder = file.parent_path();
  sync_path(folder.empty() ? "." : folder);
}

void make_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error)
    throw StopError(false, folder.string() + ": folder cannot be made: " + error.message());
}

std::string shortest(double value) {
  if (std::isnan(value)) return "nan";  // x86's own has its sign bit set, which would be printed
  std::array<char, 64> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  return {buffer.data(), end};
}

}  // namespace attnsweep
