// A file on its way into a store: complete and on the medium before it gets its name. Whatever happens in between, the
// folder holds the old file of that name, or the new one, or none; never a part.
#ifndef TINAMIX_RUNTIME_STORE_INCOMING_FILE_H_
#define TINAMIX_RUNTIME_STORE_INCOMING_FILE_H_

#include <stddef.h>

#include "store/path.h"

namespace tmx::store {

/// Names that begin so are left over from a power cut and mean nothing.
inline constexpr char kIncomingPrefix[] = ".incoming-";

/// create, write..., seal, publish. What is not published goes away with the object.
class IncomingFile {
  public:
    IncomingFile() = default;
    ~IncomingFile();
    IncomingFile(const IncomingFile&) = delete;
    IncomingFile& operator=(const IncomingFile&) = delete;

    /// `folder` outlives the object; `name` becomes part of the temporary name.
    tmx_status create(const char* folder, const char* name, ErrorText& error);
    tmx_status write(const void* data, size_t bytes, ErrorText& error);
    /// Copies all of `source`, from its present position.
    tmx_status copy(int source, const char* source_path, ErrorText& error);
    /// Onto the medium; read-only from now on.
    tmx_status seal(ErrorText& error);
    /// Gives the sealed file its name in one step, in place of an older one, and makes the folder durable.
    tmx_status publish(const char* name, ErrorText& error);
    /// Where the sealed file lies until then.
    const char* path() const { return incoming_.c_str(); }

  private:
    tmx_status fail(const char* what, ErrorText& error) const;

    const char* folder_ = nullptr;
    Path incoming_;
    int descriptor_ = -1;
    bool exists_ = false;
};

/// Makes a durable fact of what was created, renamed and removed in `folder`.
tmx_status sync_folder(const char* folder, ErrorText& error);
/// Makes `folder` and its missing parents, durably.
tmx_status make_folder(const char* folder, ErrorText& error);
/// Removes what earlier, interrupted processes left in `folder`. For the holder of the lock that guards it.
void remove_incoming(const char* folder);
/// Reads all of a file of at most `capacity` bytes. TMX_NOT_INSTALLED when there is none, TMX_DAMAGED_STORE when it is
/// larger.
tmx_status read_small_file(const char* path, char* buffer, size_t capacity, size_t* bytes, ErrorText& error);

}  // namespace tmx::store

#endif  // TINAMIX_RUNTIME_STORE_INCOMING_FILE_H_
