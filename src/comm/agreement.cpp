#include "comm/agreement.hpp"

#include <algorithm>
#include <charconv>
#include <exception>

namespace attnsweep::comm {
namespace {

// A result travels as "+result", an error as "-code:message".
std::string outcome(const std::function<std::string()>& work) {
  try {
    return "+" + work();
  } catch (const Error& error) {
    return "-" + std::to_string(static_cast<int>(error.code())) + ":" + error.what();
  } catch (const std::exception& error) {
    return "-" + std::to_string(static_cast<int>(ExitCode::bug)) + ":" + error.what();
  }
}

ExitCode code_of(const std::string& failed) {
  int code = static_cast<int>(ExitCode::bug);
  std::from_chars(failed.data() + 1, failed.data() + failed.size(), code);
  return static_cast<ExitCode>(code);
}

}  // namespace

std::vector<std::string> agree(Communicator& comm, const std::function<std::string()>& work) {
  auto outcomes = comm.all_gather(outcome(work));
  std::vector<std::string> messages;
  const std::string* first = nullptr;
  for (auto& text : outcomes) {
    if (text.front() == '+') {
      text.erase(0, 1);
      continue;
    }
    if (first == nullptr) first = &text;
    auto message = text.substr(text.find(':') + 1);
    if (std::find(messages.begin(), messages.end(), message) == messages.end())
      messages.push_back(std::move(message));
  }
  if (first == nullptr) return outcomes;
  std::string joined;
  for (const auto& message : messages) joined += (joined.empty() ? "" : "\n") + message;
  throw AgreedError(code_of(*first), joined);
}

std::string on_rank_0(Communicator& comm, const std::function<std::string()>& work) {
  const auto text = comm.broadcast(comm.rank() == 0 ? outcome(work) : std::string());
  if (text.front() == '+') return text.substr(1);
  throw AgreedError(code_of(text), text.substr(text.find(':') + 1));
}

}  // namespace attnsweep::comm
