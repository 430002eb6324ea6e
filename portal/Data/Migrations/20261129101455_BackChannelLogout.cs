using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Sallyport.Portal.Data.Migrations
{
    /// <inheritdoc />
    public partial class BackChannelLogout : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "provider_session",
                table: "sign_ins",
                type: "text",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "received_logout_tokens",
                columns: table => new
                {
                    id = table.Column<byte[]>(type: "bytea", nullable: false),
                    expires_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_received_logout_tokens", x => x.id);
                });

            migrationBuilder.CreateIndex(
                name: "IX_sign_ins_provider_session",
                table: "sign_ins",
                column: "provider_session",
                filter: "ended_at is null");

            migrationBuilder.CreateIndex(
                name: "IX_received_logout_tokens_expires_at",
                table: "received_logout_tokens",
                column: "expires_at");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "received_logout_tokens");

            migrationBuilder.DropIndex(
                name: "IX_sign_ins_provider_session",
                table: "sign_ins");

            migrationBuilder.DropColumn(
                name: "provider_session",
                table: "sign_ins");
        }
    }
}
