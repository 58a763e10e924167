// An application as the store sees it: start_active STORE NAME opens the active version and ends without a word.
#include <stdio.h>

#include "tinamix.h"

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    tmx_model* model = nullptr;
    if (tmx_model_open_active(argv[1], argv[2], nullptr, &model) != TMX_OK) {
        fprintf(stderr, "%s\n", tmx_last_error(nullptr));
        return 1;
    }
    tmx_model_close(model);
    return 0;
}
