#include "archive/journal.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/journal_line.hpp"
#include "base/error.hpp"
#include "base/files.hpp"

namespace attnsweep::archive {

struct JournalWriter::State {
  std::filesystem::path file;
  int fd = -1;
  bool broken = false;  // ends in a part of a line that could not be cut off

  ~State() {
    if (fd >= 0) ::close(fd);
  }

  [[noreturn]] void stop(const std::string& what, int error) const {
    throw StopError(false, file.string() + ": " + what + ": " + std::strerror(error));
  }
};

JournalWriter::JournalWriter(const std::filesystem::path& run, const std::string& name)
    : state_(std::make_unique<State>()) {
  const auto folder = run / "journal";
  make_folder(folder);
  state_->file = folder / (name + ".jsonl");
  state_->fd =
      ::open(state_->file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666);
  if (state_->fd < 0) state_->stop("journal cannot be made", errno);
  sync_path(folder);
}

JournalWriter::~JournalWriter() = default;
JournalWriter::JournalWriter(JournalWriter&&) noexcept = default;

void JournalWriter::append(const JournalEntry& entry) {
  auto& state = *state_;
  if (state.broken)
    throw StopError(false, state.file.string() +
                               ": ends in a part of a line after a failed "
                               "write; nothing more can be appended");
  const auto line = journal_line(entry) + "\n";
  struct stat before {};
  if (::fstat(state.fd, &before) != 0) state.stop("cannot be read back", errno);
  int error = 0;
  for (std::size_t done = 0; done < line.size() && error == 0;) {
    const auto n = ::write(state.fd, line.data() + done, line.size() - done);
    if (n > 0)
      done += static_cast<std::size_t>(n);
    else if (n == 0)
      error = EIO;
    else if (errno != EINTR)
      error = errno;
  }
  if (error == 0 && ::fsync(state.fd) != 0) error = errno;
  if (error == 0) return;
  state.broken = ::ftruncate(state.fd, before.st_size) != 0;
  state.stop("line cannot be written", error);
}

namespace {

void read_lines(const std::string& place, const std::string& text, Journal& journal) {
  std::size_t start = 0;
  for (int line = 1; start < text.size(); ++line) {
    const auto end = text.find('\n', start);
    if (end == std::string::npos) {
      journal.torn.push_back(place);
      return;
    }
    try {
      auto entry = entry_from_line(std::string_view(text).substr(start, end - start));
      entry.place = place + ":" + std::to_string(line);
      journal.entries.push_back(std::move(entry));
    } catch (const std::runtime_error& error) {
      journal.damaged.push_back(place + ":" + std::to_string(line) + ": " + error.what());
    }
    start = end + 1;
  }
}

}  // namespace

Journal read_journal(const std::filesystem::path& run) {
  Journal journal;
  std::vector<std::string> names;
  std::error_code error;
  const auto folder = run / "journal";
  if (!std::filesystem::exists(folder, error)) return journal;
  for (std::filesystem::directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error))
    if (at->path().extension() == ".jsonl") names.push_back(at->path().filename().string());
  if (error) journal.damaged.push_back("journal: cannot be listed: " + error.message());
  std::sort(names.begin(), names.end());
  for (const auto& name : names) {
    try {
      read_lines("journal/" + name, read_file(folder / name), journal);
    } catch (const InputError& problem) {
      journal.damaged.push_back(problem.what());
    }
  }
  return journal;
}

}  // namespace attnsweep::archive
