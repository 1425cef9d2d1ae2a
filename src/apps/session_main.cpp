#include "apps/session_main.hpp"

#include <exception>
#include <optional>
#include <string>

#include "apps/top.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "comm/agreement.hpp"
#include "comm/session.hpp"

namespace attnsweep::apps {

int in_session(int argc, char** argv, const std::function<int(comm::Communicator&)>& work) {
  std::optional<comm::Session> session;
  try {
    session.emplace(&argc, &argv);
  } catch (const std::exception& error) {
    // Every process sees the same wrong launch; one of them says so.
    if (comm::read_launch().process == 0) return show_error(error);
    return static_cast<int>(ExitCode::usage);
  }
  auto& world = session->world();
  try {
    return work(world);
  } catch (const comm::AgreedError& error) {
    return world.rank() == 0 ? show_error(error) : static_cast<int>(error.code());
  } catch (const std::exception& error) {
    if (world.size() > 1) log::error("rank " + std::to_string(world.rank()) + ":");
    const int code = show_error(error);
    if (world.size() > 1) world.abort(code);
    return code;
  }
}

}  // namespace attnsweep::apps
