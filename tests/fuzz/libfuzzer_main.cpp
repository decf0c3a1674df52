#include <cstdint>

#include "fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  lianqiao::fuzz::targets().front().run({reinterpret_cast<const char*>(bytes), size});
  return 0;
}
