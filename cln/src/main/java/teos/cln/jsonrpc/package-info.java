/** lightningd's JSON-RPC over the plugin's standard input and output. */
@NullMarked
package teos.cln.jsonrpc;

import org.jspecify.annotations.NullMarked;
