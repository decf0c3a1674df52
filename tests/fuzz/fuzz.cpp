#include "fuzz/fuzz.h"

#include <stdlib.h>

#include <fstream>
#include <random>
#include <stdexcept>

namespace lianqiao::fuzz {
namespace {

class ScratchFolder {
 public:
  ScratchFolder() {
    const bool memory = std::filesystem::exists("/dev/shm");
    std::string name =
        ((memory ? std::filesystem::path("/dev/shm") : std::filesystem::temp_directory_path()) /
         "lianqiao-fuzz-XXXXXX")
            .native();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no folder " + name);
    path = name;
  }
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  std::filesystem::path path;
};

std::vector<std::string_view> pieces(std::string_view input, std::minstd_rand& random,
                                     std::size_t most) {
  std::vector<std::string_view> found;
  while (!input.empty()) {
    const std::size_t size = most == 1 ? 1 : 1 + random() % most;
    found.push_back(input.substr(0, size));
    input.remove_prefix(found.back().size());
  }
  return found;
}

}  // namespace

std::vector<Target>& targets() {
  static std::vector<Target> all;
  return all;
}

void demand(bool holds, std::string_view promise) {
  if (!holds) throw std::logic_error("broken: " + std::string(promise));
}

std::vector<std::string_view> texts(std::string_view input, std::size_t count) {
  constexpr std::string_view kLine = "\n====\n";
  std::vector<std::string_view> found;
  while (found.size() + 1 < count) {
    const std::size_t at = input.find(kLine);
    found.push_back(input.substr(0, at));
    input = at == std::string_view::npos ? std::string_view() : input.substr(at + kLine.size());
  }
  found.push_back(input);
  return found;
}

std::vector<std::vector<std::string_view>> cuts(std::string_view input) {
  std::minstd_rand random(static_cast<unsigned>(std::hash<std::string_view>()(input)));
  return {{input}, pieces(input, random, 1), pieces(input, random, 7), pieces(input, random, 300)};
}

const std::filesystem::path& scratch() {
  static const ScratchFolder folder;
  return folder.path;
}

std::filesystem::path scratchFile(std::string_view name, std::string_view bytes) {
  std::filesystem::path file = scratch() / name;
  std::ofstream(file, std::ios::binary) << bytes;
  return file;
}

}  // namespace lianqiao::fuzz
