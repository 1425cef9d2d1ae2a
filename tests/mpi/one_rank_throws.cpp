// A program whose last rank throws while the others wait for it: it must end within seconds, with
// that rank's message and code. ctest looks at its output (tests/mpi/CMakeLists.txt).
#include "apps/session_main.hpp"
#include "base/error.hpp"

int main(int argc, char** argv) {
  using namespace attnsweep;
  return apps::in_session(argc, argv, [](comm::Communicator& world) {
    if (world.rank() == world.size() - 1) throw InputError("the model vanished");
    world.barrier();
    return 0;
  });
}
