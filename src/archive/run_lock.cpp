#include "archive/run_lock.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <optional>
#include <thread>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "archive/json_fields.hpp"
#include "base/error.hpp"
#include "base/files.hpp"
#include "base/log.hpp"

namespace attnsweep::archive {
namespace {

constexpr std::chrono::seconds heartbeat_interval{10};
// A holder on another host, where the file lock may not reach, counts as dead after this.
constexpr std::int64_t stale_seconds = 60;
// The content always has one length, so that it is rewritten in place by a single write.
constexpr std::size_t content_size = 512;
// holder() takes the lock for an instant; who tries just then tries again.
constexpr double least_wait_seconds = 0.2;
constexpr std::chrono::milliseconds poll{50};

struct Holder {
  std::string host, job;
  std::int64_t restart = 0;  ///< how often SLURM started the job again
  std::int64_t pid = 0, started = 0, heartbeat = 0;
};

std::int64_t seconds_now() {
  using std::chrono::duration_cast, std::chrono::seconds, std::chrono::system_clock;
  return duration_cast<seconds>(system_clock::now().time_since_epoch()).count();
}

std::string this_host() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "unknown";
  return name.data();
}

std::filesystem::path lock_file(const std::filesystem::path& run, const std::string& share) {
  if (share.empty()) return run / "lock";
  std::string name = "lock.";
  name.append(share);
  std::replace(name.begin(), name.end(), '/', '-');
  return run / name;
}

std::string content_of(const Holder& holder) {
  const Json json{{"host", holder.host.substr(0, 200)}, {"pid", holder.pid},
                  {"job", holder.job.substr(0, 100)},   {"restart", holder.restart},
                  {"started", holder.started},          {"heartbeat", holder.heartbeat}};
  auto text = compact(json);
  text.resize(content_size - 1, ' ');
  return text + "\n";
}

std::string free_content() {
  std::string text = R"({"free":true})";
  text.resize(content_size - 1, ' ');
  return text + "\n";
}

// Who the file says holds it; nothing when it says free, is new, or cannot be understood.
std::optional<Holder> read_holder(int fd) {
  std::string text(content_size, '\0');
  const auto n = ::pread(fd, text.data(), text.size(), 0);
  if (n <= 0) return std::nullopt;
  text.resize(static_cast<std::size_t>(n));
  const auto json = Json::parse(text, nullptr, false);
  Holder holder;
  try {
    get(json, "host", holder.host);
    get(json, "pid", holder.pid);
    get(json, "job", holder.job);
    get(json, "restart", holder.restart);
    get(json, "started", holder.started);
    get(json, "heartbeat", holder.heartbeat);
  } catch (const std::runtime_error&) {
    return std::nullopt;
  }
  return holder;
}

// A clock that runs ahead elsewhere makes a negative age: that is a living holder.
std::int64_t age(const Holder& holder) {
  return std::max<std::int64_t>(0, seconds_now() - holder.heartbeat);
}

// Whether another host's process holds it where its file lock cannot be seen from here.
bool lives_elsewhere(const std::optional<Holder>& holder) {
  return holder && holder->host != this_host() && age(*holder) < stale_seconds;
}

// SLURM starts a job again only after the former start has ended.
bool earlier_start_of(const Holder& mine, const std::optional<Holder>& other) {
  return other && !mine.job.empty() && other->job == mine.job && other->restart < mine.restart;
}

Holder this_process() {
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string(value == nullptr ? "" : value);
  };
  const auto now = seconds_now();
  return {this_host(),
          variable("SLURM_JOB_ID"),
          std::atoll(variable("SLURM_RESTART_COUNT").c_str()),
          static_cast<std::int64_t>(::getpid()),
          now,
          now};
}

std::string words(const std::optional<Holder>& holder) {
  if (!holder) return "a process that has not said who it is";
  return "pid " + std::to_string(holder->pid) + " on " + holder->host +
         (holder->job.empty() ? "" : " (SLURM job " + holder->job + ")") + ", last heartbeat " +
         std::to_string(age(*holder)) + " s ago";
}

}  // namespace

struct RunLock::State {
  std::filesystem::path file;
  int fd = -1;
  pid_t owner = ::getpid();
  Holder holder;
  std::mutex mutex;
  std::condition_variable wake;
  bool stopping = false;
  std::thread heart;

  [[noreturn]] void stop(const std::string& what, int error) const {
    throw StopError(false, file.string() + ": " + what + ": " + std::strerror(error));
  }

  // 0, or the system's error.
  int write_content(const std::string& text) const {
    for (;;) {
      const auto n = ::pwrite(fd, text.data(), text.size(), 0);
      if (n == static_cast<ssize_t>(text.size())) return 0;
      if (n >= 0) return ENOSPC;
      if (errno != EINTR) return errno;
    }
  }

  void beat() {
    std::unique_lock guard(mutex);
    while (!wake.wait_for(guard, heartbeat_interval, [this] { return stopping; })) {
      holder.heartbeat = seconds_now();
      write_content(content_of(holder));  // a full disk must not end a run that still measures
    }
  }

  // The thread leaves signals to the threads that expect them.
  void start_heart() {
    sigset_t all, before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    try {
      heart = std::thread([this] { beat(); });
    } catch (...) {
      ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
      throw;
    }
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }

  ~State() {
    if (heart.joinable()) {
      {
        const std::lock_guard guard(mutex);
        stopping = true;
      }
      wake.notify_all();
      heart.join();
    }
    if (fd >= 0) ::close(fd);
  }
};

RunLock::RunLock(const std::filesystem::path& run, double wait_seconds, const std::string& share,
                 const std::function<bool(const std::string&)>& job_has_ended)
    : state_(std::make_unique<State>()) {
  auto& state = *state_;
  make_folder(run);
  state.file = lock_file(run, share);
  state.fd = ::open(state.file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (state.fd < 0) state.stop("cannot be opened", errno);

  const auto refuse = [&](const std::optional<Holder>& holder) {
    throw StopError(false, run.string() + ": locked by " + words(holder) +
                               "; wait for it, or stop it, or give another --output");
  };
  const auto begin = std::chrono::steady_clock::now();
  while (::flock(state.fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) state.stop("cannot be locked", errno);
    const auto holder = read_holder(state.fd);
    const bool elsewhere = holder && holder->host != this_host();
    const std::chrono::duration<double> waited = std::chrono::steady_clock::now() - begin;
    if (waited.count() > std::max(least_wait_seconds, elsewhere ? 0 : wait_seconds)) refuse(holder);
    std::this_thread::sleep_for(poll);
  }
  state.holder = this_process();
  const auto before = read_holder(state.fd);
  if (lives_elsewhere(before) && !earlier_start_of(state.holder, before) &&
      (before->job.empty() || !job_has_ended || !job_has_ended(before->job)))
    refuse(before);
  if (before && before->host != this_host())
    log::warn(state.file.string() + ": taken over from " + words(before));
  if (const int error = state.write_content(content_of(state.holder)); error != 0)
    state.stop("cannot be written", error);
  state.start_heart();
}

RunLock::~RunLock() {
  auto& state = *state_;
  if (::getpid() != state.owner) {
    // A forked child has no heart, and it must not let go of its parent's lock. What is left of
    // the state cannot be destroyed here: its condition variable still counts the heart's wait.
    static_cast<void>(state_.release());
    return;
  }
  {
    const std::lock_guard guard(state.mutex);
    state.stopping = true;
    state.write_content(free_content());
  }
  state.wake.notify_all();
  state.heart.join();
  // Explicitly: children that share the file would keep it locked.
  ::flock(state.fd, LOCK_UN);
}

std::string RunLock::holder(const std::filesystem::path& run, const std::string& share) {
  const int fd = ::open(lock_file(run, share).c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {};
  const bool held = ::flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  const auto holder = read_holder(fd);
  ::close(fd);
  return held || lives_elsewhere(holder) ? words(holder) : "";
}

}  // namespace attnsweep::archive
