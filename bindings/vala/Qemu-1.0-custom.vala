// SPDX-License-Identifier: LGPL-2.1-or-later

namespace Qemu {
    // A GLib.ListModel that knows what is in it, for foreach and [index].
    [CCode (cheader_filename = "gio/gio.h", cname = "GListModel", type_cname = "GListModelInterface", type_id = "g_list_model_get_type ()")]
    public interface ListOf<G> : GLib.ListModel {
        [CCode (cname = "g_list_model_get_item")]
        public G get (uint position);
        public int size { [CCode (cname = "g_list_model_get_n_items")] get; }
    }
}
