#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

/// What the fuzz targets share. A target takes any bytes, hands them to one decoder, and holds it
/// to its promises. Each is linked with libFuzzer as a program of its own (preset `fuzz`), and all
/// together into fuzz_corpus_test, which runs the kept inputs in every run of the tests.
namespace lianqiao::fuzz {

struct Target {
  std::string_view name;  ///< Of its folder below corpus/, too.
  void (*run)(std::string_view input);
};

/// Those that are linked into this program.
std::vector<Target>& targets();

struct Registration {
  explicit Registration(const Target& target) { targets().push_back(target); }
};

/// Ends the run as a finding when a promise does not hold.
void demand(bool holds, std::string_view promise);

/// Inputs of several texts are cut at lines of four equals signs; texts that are missing are empty.
std::vector<std::string_view> texts(std::string_view input, std::size_t count);

/// The same bytes as pieces: at once, byte for byte, and cut at places that depend on the bytes.
std::vector<std::vector<std::string_view>> cuts(std::string_view input);

/// A folder in memory, removed when the program ends.
const std::filesystem::path& scratch();
/// Writes `bytes` into a file of that name there.
std::filesystem::path scratchFile(std::string_view name, std::string_view bytes);

}  // namespace lianqiao::fuzz

#define LIANQIAO_FUZZ_TARGET(name)                               \
  static void fuzz_##name(std::string_view input);               \
  static const ::lianqiao::fuzz::Registration registered_##name{ \
      ::lianqiao::fuzz::Target{#name, fuzz_##name}};             \
  static void fuzz_##name(std::string_view input)
