#include "plugin/abi_check.h"

#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>

#include "base/digest64.h"
#include "lianqiao/codes.h"
#include "plugin/elf_reader.h"

namespace lianqiao::plugin {

namespace {

constexpr std::uintmax_t kLargestFile = 512u << 20;

Result<std::string> readImage(const std::filesystem::path& file) {
  std::error_code failure;
  const auto size = std::filesystem::file_size(file, failure);
  if (failure) return Error{codes::kPluginLoad, "cannot be read: " + failure.message()};
  if (size > kLargestFile) {
    return Error{codes::kPluginLoad, "is larger than 512 MiB; name the built adapter"};
  }
  std::string image(size, '\0');
  std::ifstream in(file, std::ios::binary);
  if (!in.read(image.data(), static_cast<std::streamsize>(size))) {
    return Error{codes::kPluginLoad, "cannot be read; let the gateway's user read it (chmod 644)"};
  }
  return image;
}

std::string_view nameOf(const AbiTag& tag) {
  return {tag.name, strnlen(tag.name, sizeof(tag.name))};
}

}  // namespace

Result<AbiTag> readTag(const std::filesystem::path& file) {
  const auto say = [&file](const Error& error) {
    return Error{error.code, file.string() + " " + error.detail};
  };
  const auto image = readImage(file);
  if (!image) return say(image.error());
  const auto bytes = readExportedObject(*image, "lianqiao_abi");
  if (!bytes) return say(bytes.error());

  const AbiTag ours = makeAbiTag("");
  if (bytes->size() != sizeof(AbiTag) ||
      std::memcmp(bytes->data(), ours.magic, sizeof(ours.magic)) != 0) {
    return say({codes::kPluginAbi,
                "bears a tag that this gateway cannot read; rebuild it with this gateway's SDK"});
  }
  AbiTag tag;
  std::memcpy(&tag, bytes->data(), sizeof(tag));
  // A missing descriptor is said only when the rest fits: another ABI may well call it otherwise.
  if (tag.sdkAbi == kSdkAbi && !exportsFunction(*image, "lianqiao_descriptor")) {
    return say({codes::kPluginLoad,
                "exports no lianqiao_descriptor; end its source with LIANQIAO_ADAPTER(name, "
                "descriptor)"});
  }
  return tag;
}

Result<std::string> buildOf(const std::filesystem::path& file) {
  const auto image = readImage(file);
  if (!image) return Error{image.error().code, file.string() + " " + image.error().detail};
  char text[17];
  std::snprintf(text, sizeof text, "%016" PRIx64, base::digest64(*image));
  return std::string(text);
}

Result<void> checkTag(const std::filesystem::path& file, const AbiTag& tag, std::string_view name) {
  const AbiTag ours = makeAbiTag("");
  const auto other = [&file](std::string_view what, std::uint32_t theirs, std::uint32_t accepted) {
    return Error{codes::kPluginAbi, file.string() + " was built for " + std::string(what) + " " +
                                        std::to_string(theirs) + ", this gateway accepts " +
                                        std::to_string(accepted) +
                                        "; rebuild it with this gateway's SDK"};
  };
  if (tag.sdkAbi != ours.sdkAbi) return other("SDK ABI", tag.sdkAbi, ours.sdkAbi);
  if (tag.tagSize != ours.tagSize) return other("tag size", tag.tagSize, ours.tagSize);
  if (tag.libraryRelease != ours.libraryRelease) {
    return other("libstdc++ release", tag.libraryRelease, ours.libraryRelease);
  }
  if (tag.cxx11Abi != ours.cxx11Abi) {
    return other("_GLIBCXX_USE_CXX11_ABI", tag.cxx11Abi, ours.cxx11Abi);
  }
  if (tag.descriptorSize != ours.descriptorSize) {
    return other("descriptor size", tag.descriptorSize, ours.descriptorSize);
  }
  if (nameOf(tag) != name) {
    return Error{codes::kPluginLoad, file.string() + " calls itself \"" + std::string(nameOf(tag)) +
                                         "\", not \"" + std::string(name) +
                                         "\"; an adapter's file bears its name"};
  }
  return {};
}

}  // namespace lianqiao::plugin
