#include "plugin/elf_reader.h"

#include <elf.h>

#include <cstdint>
#include <cstring>
#include <optional>

#include "lianqiao/codes.h"

namespace lianqiao::plugin {

namespace {

#if defined(__x86_64__)
constexpr Elf64_Half kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr Elf64_Half kMachine = EM_AARCH64;
#else
#error "name this machine's ELF number here"
#endif

Error refusal(std::string detail) { return {codes::kPluginLoad, std::move(detail)}; }

Error cutShort() {
  return refusal(
      "is cut short or damaged: its headers point beyond its end; copy or build it again");
}

std::optional<std::string_view> slice(std::string_view image, std::uint64_t offset,
                                      std::uint64_t size) {
  if (offset > image.size() || size > image.size() - offset) return std::nullopt;
  return image.substr(offset, size);
}

// Copied out, because nothing promises that a damaged file keeps its structures aligned.
template <typename T>
std::optional<T> structAt(std::string_view image, std::uint64_t offset) {
  const auto bytes = slice(image, offset, sizeof(T));
  if (!bytes) return std::nullopt;
  T value;
  std::memcpy(&value, bytes->data(), sizeof(T));
  return value;
}

Result<Elf64_Ehdr> readHeader(std::string_view image) {
  if (!image.starts_with(std::string_view(ELFMAG, SELFMAG))) {
    return refusal(
        "is no shared object (it does not begin as an ELF file); name the built adapter");
  }
  const auto header = structAt<Elf64_Ehdr>(image, 0);
  if (!header) return cutShort();
  if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != ELFDATA2LSB ||
      header->e_machine != kMachine) {
    return refusal("was built for another kind of machine (ELF machine " +
                   std::to_string(header->e_machine) + ", this gateway runs on " +
                   std::to_string(kMachine) + "); build it on a machine like this one");
  }
  if (header->e_type != ET_DYN) {
    return refusal("is an ELF file but no shared object; link the adapter with lianqiao_plugin()");
  }
  return *header;
}

struct DynamicSymbols {
  std::string_view symbols;
  std::string_view names;

  [[nodiscard]] std::optional<Elf64_Sym> find(std::string_view wanted, unsigned char type) const {
    for (std::uint64_t at = 0; at + sizeof(Elf64_Sym) <= symbols.size(); at += sizeof(Elf64_Sym)) {
      const auto symbol = *structAt<Elf64_Sym>(symbols, at);
      if (symbol.st_shndx == SHN_UNDEF || ELF64_ST_TYPE(symbol.st_info) != type) continue;
      const auto name = slice(names, symbol.st_name, wanted.size() + 1);
      if (name && name->substr(0, wanted.size()) == wanted && name->back() == '\0') return symbol;
    }
    return std::nullopt;
  }
};

Result<DynamicSymbols> readDynamicSymbols(std::string_view image, const Elf64_Ehdr& header) {
  for (std::uint64_t i = 0; i < header.e_shnum; ++i) {
    const auto section = structAt<Elf64_Shdr>(image, header.e_shoff + i * sizeof(Elf64_Shdr));
    if (!section) return cutShort();
    if (section->sh_type != SHT_DYNSYM) continue;
    const auto strings = structAt<Elf64_Shdr>(
        image, header.e_shoff + std::uint64_t{section->sh_link} * sizeof(Elf64_Shdr));
    if (!strings) return cutShort();
    const auto symbols = slice(image, section->sh_offset, section->sh_size);
    const auto names = slice(image, strings->sh_offset, strings->sh_size);
    if (!symbols || !names) return cutShort();
    return DynamicSymbols{*symbols, *names};
  }
  return DynamicSymbols{};
}

// Symbols bear addresses; the loadable segments say where in the file an address lies.
std::optional<std::string_view> bytesAtAddress(std::string_view image, const Elf64_Ehdr& header,
                                               std::uint64_t address, std::uint64_t size) {
  for (std::uint64_t i = 0; i < header.e_phnum; ++i) {
    const auto segment = structAt<Elf64_Phdr>(image, header.e_phoff + i * sizeof(Elf64_Phdr));
    if (!segment) return std::nullopt;
    if (segment->p_type != PT_LOAD || address < segment->p_vaddr) continue;
    const std::uint64_t within = address - segment->p_vaddr;
    if (within > segment->p_filesz || size > segment->p_filesz - within) continue;
    if (segment->p_offset > image.size()) return std::nullopt;
    return slice(image, segment->p_offset + within, size);
  }
  return std::nullopt;
}

}  // namespace

Result<std::string> readExportedObject(std::string_view image, std::string_view symbol) {
  const auto header = readHeader(image);
  if (!header) return header.error();
  const bool tables_fit =
      header->e_shentsize == sizeof(Elf64_Shdr) && header->e_phentsize == sizeof(Elf64_Phdr) &&
      slice(image, header->e_shoff, std::uint64_t{header->e_shnum} * sizeof(Elf64_Shdr)) &&
      slice(image, header->e_phoff, std::uint64_t{header->e_phnum} * sizeof(Elf64_Phdr));
  if (!tables_fit || header->e_shnum == 0) return cutShort();
  const auto symbols = readDynamicSymbols(image, *header);
  if (!symbols) return symbols.error();
  const auto found = symbols->find(symbol, STT_OBJECT);
  if (!found) {
    return refusal("is no Lianqiao adapter: it exports no " + std::string(symbol) +
                   "; end its source with LIANQIAO_ADAPTER(name, descriptor)");
  }
  const auto bytes = bytesAtAddress(image, *header, found->st_value, found->st_size);
  if (!bytes) return cutShort();
  return std::string(*bytes);
}

bool exportsFunction(std::string_view image, std::string_view symbol) {
  const auto header = readHeader(image);
  if (!header) return false;
  const auto symbols = readDynamicSymbols(image, *header);
  return symbols && symbols->find(symbol, STT_FUNC).has_value();
}

}  // namespace lianqiao::plugin
