// .npz: a ZIP archive of .npy files.
#include "diagnostics/error.h"
#include "formats/mapped_file.h"
#include "formats/npy.h"
#include "formats/zip.h"

namespace tinamix::formats {

std::map<std::string, ir::Tensor> read_npz(const std::string& path) {
    constexpr std::string_view kSuffix = ".npy";
    const MappedFile file(path);
    const ZipArchive archive(file.bytes(), path);
    std::map<std::string, ir::Tensor> arrays;
    for (const ZipArchive::Entry& entry : archive.entries()) {
        const std::string where = path + "[" + entry.name + "]";
        if (!entry.name.ends_with(kSuffix)) throw Error(where, "not an .npy file; an .npz holds nothing else");
        const std::string name = entry.name.substr(0, entry.name.size() - kSuffix.size());
        arrays.emplace(name, parse_npy(archive.read(entry), where));
    }
    return arrays;
}

}  // namespace tinamix::formats
